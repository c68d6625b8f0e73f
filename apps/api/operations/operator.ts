/** Who operates: what whole-fleet actions need, and how optional bodies are read. */
import type { FastifyRequest } from 'fastify';
import { QUEUE_NAME } from '@invoq/contract/function';
import { Refusal } from '@invoq/contract/refusal';
import { callerOf } from '../auth/current-caller';
import { checked } from '../http/validation.pipe';
import type { Operator } from './audit-log';

export function operatorOf(request: FastifyRequest): Operator {
  return { caller: callerOf(request), ip: request.ip };
}

/** Queues and workers span envs: a key for single envs may not change them. */
export function wholeFleet(request: FastifyRequest): Operator {
  const operator = operatorOf(request);
  if (operator.caller.everyEnv) return operator;
  throw new Refusal('FORBIDDEN', 'This concerns every env: it takes a key with "envs": ["*"].');
}

/** A body may be missing: then nothing is said in it. */
export function bodyOf<T extends object>(body: unknown, dto: new () => T): T {
  return checked(body ?? {}, dto, 'body');
}

/** Ids of workers name keys and channels. */
export function workerNamed(id: string): string {
  if (/^[\w-]{1,80}$/.test(id)) return id;
  throw new Refusal('WORKER_NOT_FOUND', 'No worker has such an id. See GET /v1/workers.');
}

export function queueNamed(queue: string): string {
  if (QUEUE_NAME.test(queue)) return queue;
  throw new Refusal('QUEUE_NOT_FOUND', 'No queue has such a name.');
}
