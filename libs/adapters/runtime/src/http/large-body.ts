import type { ExecutionContext, Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Import batches are the largest bodies that any route takes. */
const LARGE = 8 * 1024 * 1024;

interface LargeRoute {
  readonly bodyLimit: number;
  readonly controller: Type;
  readonly handler: () => unknown;
}

/** A route that takes bodies of up to 8 MiB; only for callers with a permission that few have, and for validation that stops early. */
export const LargeBody = (): MethodDecorator => (target, key, descriptor) => {
  const large = { bodyLimit: LARGE, controller: target.constructor, handler: descriptor.value };
  RouteConfig({ large })(target, key, descriptor as PropertyDescriptor);
};

/** What lets a request in or throws why not. */
type Admit = (execution: ExecutionContext) => Promise<void>;

/**
 * Routes ask for large bodies by `@LargeBody()`. Who sends one is admitted before it is read: to read and parse 8 MiB costs more than to answer most
 * requests, and strangers, those beyond their limit among them, could ask for that as often as they like.
 */
export function takeLargeBodies(server: FastifyInstance, admit: Admit): void {
  server.addHook('onRoute', (route) => {
    const { large } = (route.config ?? {}) as { large?: LargeRoute };
    if (!large) return;
    route.bodyLimit = large.bodyLimit;
    route.onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      try {
        await admit(new ExecutionContextHost([request, reply], large.controller, large.handler));
      } catch (error) {
        // The rest of a body is thrown away unread so that the next request can follow; of one that may not end, the connection ends.
        const length = request.headers['content-length'];
        if (length === undefined || Number(length) > large.bodyLimit) reply.header('connection', 'close');
        throw error;
      }
    };
  });
}
