import { fastify, type FastifyInstance, type RouteHandlerMethod } from 'fastify';
import { keepRawBodies, rawBodyOf } from './raw-body.js';

let server: FastifyInstance;
beforeAll(async () => {
  server = fastify({ bodyLimit: 200 });
  keepRawBodies(server);
  const handler: RouteHandlerMethod = (request, reply) => void reply.send({ raw: rawBodyOf(request), parsed: request.body ?? null });
  server.post('/signed', { config: { keepRawBody: true } as object }, handler);
  server.post('/other', handler);
  await server.ready();
});
afterAll(() => server.close());

const post = (url: string, payload?: string) =>
  server.inject({ method: 'POST', url, ...(payload !== undefined && { payload, headers: { 'content-type': 'application/json' } }) });

it('gives a body byte for byte, and parsed as ever', async () => {
  const sent = '{ "b":1.0,\n "a": "Ã©€" }';
  expect((await post('/signed', sent)).json()).toEqual({ raw: sent, parsed: { b: 1, a: 'Ã©€' } });
});

it('keeps none where nobody asked for it, or none was sent', async () => {
  expect((await post('/other', '{}')).json()).toEqual({ raw: '', parsed: {} });
  expect((await post('/signed')).json()).toEqual({ raw: '', parsed: null });
});

it('still refuses a body that is too large, or no JSON', async () => {
  expect((await post('/signed', JSON.stringify('x'.repeat(300)))).statusCode).toBe(413);
  expect((await post('/signed', '{')).statusCode).toBe(400);
});
