import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import type { FieldError } from './problem.js';
import { textError } from './text.js';
import { invalid, MOST_ERRORS } from './validation.js';

/**
 * Refuses what no DTO class is there to refuse: query parameters of a route that takes none of that name, which would be ignored in silence, and text
 * that no database keeps, in the path, the query or the body. After the guards, so that strangers are told to sign in first.
 */
@Injectable()
export class StrictRequest implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { params, query, body } = execution.switchToHttp().getRequest<FastifyRequest>();
    const errors = [...unknownParameters(execution, query as object | null), ...[params, query, body].flatMap(unkeepable)];
    if (errors.length > 0) throw invalid(errors.slice(0, MOST_ERRORS));
    return next.handle();
  }
}

function unknownParameters(execution: ExecutionContext, query: object | null): FieldError[] {
  const sent = Object.keys(query ?? {});
  const known = sent.length > 0 && parametersOf(execution);
  if (!known) return [];
  return sent.filter((name) => !known.has(name)).map((field) => ({ field, message: `property ${field} should not exist` }));
}

/** Names of the query parameters that a handler takes one by one; null where it takes all in a DTO class, which knows its own. */
function parametersOf(execution: ExecutionContext): Set<string> | null {
  const key = execution.getHandler().name;
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, execution.getClass(), key) ?? {}) as Record<string, { readonly data?: unknown }>;
  const names = Object.entries(declared).flatMap(([place, { data }]) => (place.startsWith(`${RouteParamtypes.QUERY}:`) ? [data] : []));
  return names.every((name) => typeof name === 'string') ? new Set(names) : null;
}

/** The places of texts that cannot be kept, at any depth. */
function unkeepable(value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const path: string[] = [];
  const look = (text: string): void => {
    const message = textError(text);
    if (message !== null) errors.push({ field: path.join('.'), message });
  };
  const walk = (each: unknown): void => {
    if (typeof each === 'string') return look(each);
    if (typeof each !== 'object' || each === null) return;
    for (const name of Object.keys(each)) {
      if (errors.length >= MOST_ERRORS) return;
      path.push(name);
      look(name);
      walk((each as Record<string, unknown>)[name]);
      path.pop();
    }
  };
  walk(value);
  return errors;
}
