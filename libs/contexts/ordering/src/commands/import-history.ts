import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@adapters/runtime/src/auth/index.js';
import { LargeBody } from '@adapters/runtime/src/http/large-body.js';
import { ImportProducts, type Imported } from '@contexts/catalog/src/contract/commands.js';
import { formatToken } from '@kernel/consistency-token.js';
import { bulkItem, BulkCommands, type BulkItem } from '@kernel/ports/bulk.js';
import { CreditNotes } from '../credit-notes.js';
import { Orders } from '../orders.js';
import type { ImportedDocument } from '../contract/import-batch.js';
import { ImportBatchBody, ImportBatchView } from './import-batch.body.js';

const ROUTE = 'import';

/** Records orders and credit notes of a past system, each with its own time, prices and customer. */
export class ImportOrders {
  constructor(readonly items: readonly ImportedDocument[]) {}
}

@CommandHandler(ImportOrders)
export class ImportOrdersHandler implements ICommandHandler<ImportOrders> {
  constructor(
    private readonly bulk: BulkCommands,
    private readonly orders: Orders,
    private readonly creditNotes: CreditNotes,
  ) {}

  execute({ items }: ImportOrders): Promise<Imported> {
    return this.bulk.run(
      'ordering',
      ROUTE,
      items.map((item) => this.toBulkItem(item)),
    );
  }

  private toBulkItem(item: ImportedDocument): BulkItem {
    const { idempotencyKey, kind, invoiceNo: id, at, lines, ...rest } = item;
    // A past system's lines are all goods; what it asked for shipping is a product of its own there.
    const data = { ...rest, lines: lines.map((line) => ({ kind: 'goods' as const, ...line })) };
    const idempotency = { key: idempotencyKey, asked: item };
    return kind === 'order'
      ? bulkItem(this.orders.repository, id, { type: 'ImportOrder', data: { orderId: id, placedAt: at, ...data } }, idempotency)
      : bulkItem(this.creditNotes.repository, id, { type: 'ImportCreditNote', data: { creditNoteId: id, recordedAt: at, ...data } }, idempotency);
  }
}

@ApiTags('import')
@Controller('api/v1/import')
export class ImportHistoryRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('batch')
  @ApiOperation({
    description: 'Every command has one effect for its key however often the batch is sent; one that is refused is told so and stops no other.',
  })
  @HttpCode(200)
  @LargeBody()
  @RequirePermission('orders:import')
  @ApiOkResponse({ type: ImportBatchView })
  async import(@Body() body: ImportBatchBody, @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown }) {
    const { products, documents } = body.split();
    const [catalog, ordering] = await Promise.all([
      this.commands.execute<ImportProducts, Imported>(new ImportProducts(ROUTE, products)),
      this.commands.execute<ImportOrders, Imported>(new ImportOrders(documents)),
    ]);
    const token = { ...catalog.token, ...ordering.token };
    // Each context answers in the order of its commands; a key alone would not tell two contexts' commands apart.
    const answers = { catalog: catalog.results.values(), ordering: ordering.results.values() };
    const results = body.commands.map(({ kind }) => answers[kind === 'order' || kind === 'credit-note' ? 'ordering' : 'catalog'].next().value!);
    if (Object.keys(token).length > 0) reply.header('consistency-token', formatToken(token));
    return { results, token: formatToken(token) };
  }
}
