/** Who operates: what whole-fleet actions need, and how optional bodies are read. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { QUEUE_NAME } from '@invoq/contract/function';
import { Refusal } from '@invoq/contract/refusal';
import { callerOf } from '../auth/current-caller';
import { checked } from '../http/validation.pipe';
import type { Operator } from './audit-log';

/** Who changes something: `pause(@CurrentOperator() operator: Operator)`. */
export const CurrentOperator = createParamDecorator((_: unknown, context: ExecutionContext) => operatorIn(context));

/** The same for what spans envs, such as queues and workers: a key for single envs may not change it. */
export const FleetOperator = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const operator = operatorIn(context);
  if (operator.caller.everyEnv) return operator;
  throw new Refusal('FORBIDDEN', 'This concerns every env: it takes a key with "envs": ["*"].');
});

function operatorIn(context: ExecutionContext): Operator {
  return operatorOf(context.switchToHttp().getRequest<FastifyRequest>());
}

export function operatorOf(request: FastifyRequest): Operator {
  return { caller: callerOf(request), ip: request.ip };
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
