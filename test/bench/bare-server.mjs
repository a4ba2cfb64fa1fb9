// The same stack without any of the shop: Nest on Fastify, one route, three inserts in one transaction.
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import pg from 'pg';
import { end, readyUrl } from './server.mjs';

const SCHEMA = 'bench_bare';
const TABLES = `create schema if not exists ${SCHEMA};
  create table if not exists ${SCHEMA}.stream (id text primary key, version int not null);
  create table if not exists ${SCHEMA}.event (id uuid primary key, stream_id text not null, stream_version int not null, type text not null,
    data text not null, recorded_at timestamptz not null default now(), unique (stream_id, stream_version));
  create table if not exists ${SCHEMA}.outbox (id bigint generated always as identity primary key, event_id uuid not null)`;

/** Starts it as a process of its own, on tables of its own in a shop's database. */
export async function startBare(databaseUrl) {
  const environment = { ...process.env, BARE_DATABASE: databaseUrl };
  const child = spawn(process.execPath, [import.meta.filename], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  return { url: await readyUrl(child), stop: () => end(child) };
}

async function serve(connectionString) {
  const pool = new pg.Pool({ connectionString, max: 20 });
  await pool.query(TABLES);
  const app = await NestFactory.create(bareModule(pool), new FastifyAdapter(), { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  console.log(JSON.stringify({ msg: 'ready', url: await app.getUrl() }));
}

function bareModule(pool) {
  class Orders {
    async place(body) {
      const [id, event] = [randomUUID(), randomUUID()];
      const client = await pool.connect();
      try {
        await client.query('begin');
        await client.query({ name: 'stream', text: `insert into ${SCHEMA}.stream (id, version) values ($1, 1)`, values: [id] });
        await client.query({
          name: 'event',
          text: `insert into ${SCHEMA}.event (id, stream_id, stream_version, type, data) values ($1, $2, 1, $3, $4)`,
          values: [event, id, 'ordering.OrderPlaced', JSON.stringify(body)],
        });
        await client.query({ name: 'outbox', text: `insert into ${SCHEMA}.outbox (event_id) values ($1)`, values: [event] });
        await client.query('commit');
      } finally {
        client.release();
      }
      return { id };
    }
  }
  // What the decorators of a TypeScript class would do.
  Body()(Orders.prototype, 'place', 0);
  Post()(Orders.prototype, 'place', Object.getOwnPropertyDescriptor(Orders.prototype, 'place'));
  Controller('orders')(Orders);
  class Bare {}
  Module({ controllers: [Orders] })(Bare);
  return Bare;
}

if (process.argv[1] === import.meta.filename) await serve(process.env.BARE_DATABASE);
