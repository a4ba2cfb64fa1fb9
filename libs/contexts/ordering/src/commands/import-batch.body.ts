import { ApiProperty } from '@nestjs/swagger';
import { Refusal } from '@kernel/refusal.js';
import { Allow, registerDecorator } from 'class-validator';
import { importCommandJsonSchema, importCommandsSchema, MOST_COMMANDS, type ImportCommand, type ImportedDocument } from '../contract/import-batch.js';

/** Checks a whole batch in one pass: a bulk's rows are too many for a decorator each. Every fault is told, with its place. */
const IsImportBatch = () => (target: object, propertyName: string) =>
  registerDecorator({
    name: 'isImportBatch',
    target: target.constructor,
    propertyName,
    validator: {
      validate: (value: unknown) => {
        const parsed = importCommandsSchema.safeParse(value);
        if (parsed.success) return true;
        const errors = parsed.error.issues.slice(0, 100).map(({ path, message }) => ({ field: ['commands', ...path].join('.'), message }));
        throw new Refusal('request.invalid', 'invalid', errors.map((error) => `${error.field}: ${error.message}`).join('; '), { errors });
      },
    },
  });

export class ImportBatchBody {
  @ApiProperty({
    type: 'array',
    maxItems: MOST_COMMANDS,
    items: importCommandJsonSchema() as never,
    example: [
      {
        kind: 'product',
        idempotencyKey: 'product-85123A',
        sku: '85123A',
        name: 'WHITE HANGING HEART T-LIGHT HOLDER',
        category: 'Lighting',
        price: { amount: '2.55', currency: 'GBP' },
      },
    ],
    description: 'Products, orders, credit notes and stock movements of a past system, each with an idempotencyKey',
  })
  @Allow()
  @IsImportBatch()
  commands: ImportCommand[];

  /** The commands by the context that takes them. */
  split() {
    const products: Extract<ImportCommand, { kind: 'product' | 'stock-movement' }>[] = [];
    const documents: ImportedDocument[] = [];
    for (const item of this.commands) {
      if (item.kind === 'order') {
        const { placedAt, ...rest } = item;
        documents.push({ ...rest, at: placedAt });
      } else if (item.kind === 'credit-note') {
        const { recordedAt, ...rest } = item;
        documents.push({ ...rest, at: recordedAt });
      } else {
        products.push(item);
      }
    }
    return { products, documents };
  }
}

export class ImportResultView {
  @ApiProperty()
  idempotencyKey: string;

  @ApiProperty({ enum: ['created', 'replayed', 'refused'] })
  outcome: string;

  @ApiProperty({ required: false })
  code?: string;

  @ApiProperty({ required: false })
  detail?: string;
}

export class ImportBatchView {
  @ApiProperty({ type: [ImportResultView] })
  results: ImportResultView[];

  @ApiProperty({ description: 'Consistency-Token of the last event' })
  token: string;
}
