/** How requests of operators are asked: JSON in, the data of the envelope out. */
import { answerOf } from '../answers';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';

/** For reads, and for routes that are idempotent. */
export async function ask<T>(wire: Wire, path: string, options: ReadOptions, body?: object): Promise<T> {
  const outgoing = body === undefined ? {} : { method: 'POST' as const, body: JSON.stringify(body) };
  return answerOf(await wire.read(path, options, outgoing)).data as T;
}

/** Sent once: a second one would act twice. */
export async function operate<T>(wire: Wire, path: string, { signal, env }: ReadOptions, body: object): Promise<T> {
  return answerOf(await wire.send('POST', path, { body: JSON.stringify(body), signal, env })).data as T;
}

/** With its question mark, or ''. A list has commas between. */
export function queryOf(said: Record<string, string | number | boolean | readonly string[] | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(said)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}

export function timeText(time: Date | string | number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
