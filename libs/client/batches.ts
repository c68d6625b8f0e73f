/** Many async calls of one function in few requests. Each is accepted or refused by itself, and repeated by itself. */
import type { Envelope } from '@invoq/contract/envelope';
import type { Status } from '@invoq/contract/invocation';
import { answerOf } from './answers';
import type { SubmitAllOptions } from './call-options';
import { type Calls, fieldsOf } from './calls';
import { errorOf, InvoqError } from './errors';
import { newKey } from './idempotency-key';
import { pause } from './pause';
import { againAfter, retryOptions } from './retry';
import type { Wire } from './wire';

/** As many as the API takes in one request. */
const MAX_ITEMS = 1_000;
/** Characters of one request; the API takes 1 MiB. A single call that is larger goes alone, and is refused by name. */
const MAX_LENGTH = 300_000;

/** What became of one of them. */
export type Handed = { requestID: string; status: Status } | InvoqError;

interface Item {
  at: number;
  text: string;
}

export class Batches {
  constructor(
    private readonly wire: Wire,
    private readonly calls: Calls,
  ) {}

  /** In the order of `list`. Rejects only when `signal` aborts. */
  async submitAll(name: string, list: readonly unknown[], options: SubmitAllOptions = {}): Promise<Handed[]> {
    const { signal } = options;
    const retry = retryOptions(this.wire.retry, options.retry);
    const hasKey = retry.attempts > 1;
    const handed: Handed[] = [];
    let left: Item[] = [];
    for (const [at, data] of list.entries()) {
      const json = await this.calls.encode(data, options);
      const rest = JSON.stringify({
        ...fieldsOf(options),
        idempotencyKey: options.keyOf?.(at) ?? (hasKey ? newKey() : undefined),
      });
      left.push({
        at,
        text: json === undefined ? rest : `{"data":${json}${rest === '{}' ? '}' : `,${rest.slice(1)}`}`,
      });
    }
    for (let tries = 1; left.length > 0; tries++) {
      for (const chunk of chunksOf(left)) {
        const answers = await this.send(name, chunk, options);
        chunk.forEach(({ at }, i) => (handed[at] = answers[i]));
      }
      let afterMs = 0;
      left = left.filter(({ at }) => {
        const one = handed[at];
        if (!(one instanceof InvoqError)) return false;
        const again = againAfter(one, { tries, callerOwnsKey: false, hasKey }, retry);
        if (again.kind !== 'no') afterMs = Math.max(afterMs, again.afterMs);
        return again.kind !== 'no';
      });
      if (left.length > 0) await pause(afterMs, signal);
    }
    return handed;
  }

  /** What is refused as a whole is refused for each. */
  private async send(name: string, chunk: Item[], { signal, env }: SubmitAllOptions): Promise<Handed[]> {
    const path = `/v1/functions/${encodeURIComponent(name)}/invocations/batch`;
    const body = `{"items":[${chunk.map(({ text }) => text).join(',')}]}`;
    try {
      const { data } = answerOf(await this.wire.send('POST', path, { body, signal, env }));
      return (data as { items: Envelope[] }).items.map(handedOf);
    } catch (error) {
      if (!(error instanceof InvoqError)) throw error;
      return chunk.map(() => error);
    }
  }
}

function handedOf(envelope: Envelope): Handed {
  if (envelope.code !== 0) return errorOf(envelope, envelope.code);
  return { requestID: envelope.requestID, status: (envelope.data as { status: Status }).status };
}

function* chunksOf(items: Item[]): Generator<Item[]> {
  let chunk: Item[] = [];
  let length = 0;
  for (const item of items) {
    if (chunk.length === MAX_ITEMS || (chunk.length > 0 && length + item.text.length > MAX_LENGTH)) {
      yield chunk;
      chunk = [];
      length = 0;
    }
    chunk.push(item);
    length += item.text.length + 1;
  }
  if (chunk.length > 0) yield chunk;
}
