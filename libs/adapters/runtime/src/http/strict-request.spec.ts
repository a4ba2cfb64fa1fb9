import { Body, Controller, Get, HttpCode, Module, Param, Post, Query } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RequestContext } from '@kernel/ports/request-context.js';
import { IsOptional, IsString } from 'class-validator';
import { createHttpApp } from './bootstrap.js';
import { AsyncRequestContext } from './request-scope.js';

class ThingsQuery {
  @ApiProperty()
  @IsOptional()
  @IsString()
  colour?: string;
}

@Controller('api/v1/things')
class ThingsController {
  @Get()
  list(@Query() query: ThingsQuery) {
    return query;
  }

  @Get('sorted')
  sorted(@Query('by') by: string, @Query('order') order: string) {
    return { by, order };
  }

  @Get(':id')
  one(@Param('id') id: string) {
    return { id };
  }

  @Post(':id')
  @HttpCode(200)
  change(@Body() body: object) {
    return body;
  }
}

@Module({ controllers: [ThingsController], providers: [{ provide: RequestContext, useClass: AsyncRequestContext }] })
class ThingsModule {}

let app: NestFastifyApplication;
const errors: object[] = [];
beforeAll(async () => {
  app = await createHttpApp(ThingsModule, { log: { error: (details) => void errors.push(details) }, version: '0' });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(() => app?.close());

async function ask(method: 'GET' | 'HEAD' | 'POST', url: string, payload?: string) {
  const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await app.inject({ method, url: `/api/v1/things${url}`, headers, ...(payload !== undefined && { payload }) });
  const { code, errors: fields = [] } = answer.json<{ code?: string; errors?: { field: string; message: string }[] }>();
  return { status: answer.statusCode, code, fields: fields.map(({ field }) => field), messages: fields.map(({ message }) => message) };
}

describe('a query', () => {
  it.each([
    ['/1?colour=red', ['colour']],
    ['/1?colour=red&size=1&colour=blue', ['colour', 'size']],
    ['/1?=', ['']],
    ['/sorted?by=size&by_=1', ['by_']],
    ['?colour=red&size=1', ['size']],
  ])('is refused where its route knows no such parameter: %s', async (url, fields) =>
    expect(await ask('GET', url)).toMatchObject({ status: 400, code: 'request.invalid', fields }),
  );

  it('of a POST is refused as well', async () =>
    expect(await ask('POST', '/1?colour=red', '{}')).toMatchObject({ status: 400, code: 'request.invalid', fields: ['colour'] }));

  it('names what should not exist', async () =>
    expect(await ask('GET', '/1?colour=red')).toMatchObject({ messages: ['property colour should not exist'] }));

  it.each(['', '?colour=red', '/sorted?by=size&order=age', '/1', '/1?'])('of a known parameter is answered: %s', async (url) =>
    expect(await ask('GET', url)).toMatchObject({ status: 200 }),
  );
});

describe('text that no database keeps', () => {
  it.each([
    ['GET', '/%00', undefined, ['id']],
    ['GET', '/a%00b', undefined, ['id']],
    ['GET', '?colour=%00', undefined, ['colour']],
    ['GET', '?colour=red&colour=%00', undefined, ['colour.1']],
    ['POST', '/1', '{"name":"a\\u0000"}', ['name']],
    ['POST', '/1', '{"name":"\\ud800"}', ['name']],
    ['POST', '/1', '{"lines":[{"sku":"A"},{"sku":"\\u0000","note":"\\udc00"}]}', ['lines.1.sku', 'lines.1.note']],
    ['POST', '/1', '{"a\\u0000":1}', ['a\0']],
  ] as const)('is refused: %s %s %s', async (method, url, payload, fields) =>
    expect(await ask(method, url, payload)).toMatchObject({ status: 400, code: 'request.invalid', fields }),
  );

  it('is told all at once, up to a hundred', async () => {
    const { status, fields } = await ask('POST', '/%00', JSON.stringify({ names: Array.from({ length: 1_000 }, () => '\0') }));
    expect([status, fields.length, fields.slice(0, 2)]).toEqual([400, 100, ['id', 'names.0']]);
  });

  it('is not what looks like it', async () => {
    const body = String.raw`{"name":"\\u0000","gift":"\ud83c\udf81"}`;
    expect(await ask('POST', '/1', body)).toMatchObject({ status: 200 });
  });

  it('is a request at fault and not ours', () => expect(errors).toEqual([]));
});
