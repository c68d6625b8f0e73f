/** The sending of a call: its data written and its large fields uploaded once, then as many tries as may be. */
import { type CallNotes, notesIn } from '@invoq/contract/call-notes';
import type { RetryInput } from '@invoq/contract/retry';
import { type Answered, answerOf, type BlobLink } from './answers';
import type { CallbackOption, ReadOptions, SubmitOptions } from './call-options';
import { encode } from './encode';
import { InvoqError } from './errors';
import { newKey } from './idempotency-key';
import { bodyOf, type LargeField } from './large-field';
import { pause } from './pause';
import { againAfter, retryOptions } from './retry';
import type { Wire } from './wire';

/** Beyond the time that a call may take by its own word: for the way there and back, ms. */
const ON_THE_WAY_MS = 10_000;
/** For an upload: there is no telling how long it takes, only how long it may, ms. */
const UPLOAD_MS = 600_000;

export class Calls {
  /** `source`: where the calls say that they come from, when it is not plain HTTP. */
  constructor(
    private readonly wire: Wire,
    private readonly source?: 'sdk',
  ) {}

  /** Resolves with the answer to a sync call, or with the acceptance of an async one. */
  async call(name: string, data: unknown, sync: boolean, options: SubmitOptions = {}): Promise<Answered> {
    const { signal, env, timeoutMs } = options;
    const limitMs = sync && timeoutMs !== undefined ? timeoutMs + ON_THE_WAY_MS : this.wire.requestTimeoutMs;
    const retry = retryOptions(this.wire.retry, options.retry);
    const json = await this.encode(data, options);
    const body = bodyText(json, { sync, ...fieldsOf(options) });
    const path = `/v1/functions/${encodeURIComponent(name)}/invocations`;
    const callerOwnsKey = options.idempotencyKey !== undefined;
    let key = options.idempotencyKey ?? (retry.attempts > 1 ? newKey() : undefined);
    for (let tries = 1; ; tries++) {
      const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
      if (this.source !== undefined) headers['x-invoq-source'] = this.source;
      try {
        return answerOf(await this.wire.send('POST', path, { body, headers, limitMs, signal, env }));
      } catch (error) {
        if (!(error instanceof InvoqError)) throw error;
        const again = againAfter(error, { tries, callerOwnsKey, hasKey: key !== undefined }, retry);
        if (again.kind === 'no') throw error;
        if (again.kind === 'anew' && key !== undefined) key = newKey();
        await pause(again.afterMs, signal);
      }
    }
  }

  /** Data as JSON text, its large fields uploaded. */
  encode(data: unknown, { signal, env }: ReadOptions): Promise<string | undefined> {
    return encode(data, async (field) => (await this.upload(field, { signal, env })).url);
  }

  /** An upload that arrives twice is kept twice, and both expire: it may be repeated like a read. */
  async upload(field: LargeField, options: ReadOptions): Promise<BlobLink> {
    const response = await this.wire.read('/v1/blobs', options, {
      method: 'POST',
      headers: { 'content-type': field.contentType },
      body: await bodyOf(field),
      limitMs: UPLOAD_MS,
    });
    return answerOf(response).data as BlobLink;
  }
}

interface CallFields extends CallNotes {
  timeoutMs?: number;
  priority?: number;
  callback?: CallbackOption | null;
  retry?: RetryInput;
  delayMs?: number;
  runAt?: string;
  user?: Readonly<Record<string, unknown>>;
}

/** What a call says beside its data, by the names that the API has for it. */
export function fieldsOf(options: SubmitOptions): CallFields {
  const { timeoutMs, priority, callback, functionRetry, delayMs, runAt, user } = options;
  const at = runAt instanceof Date ? runAt.toISOString() : runAt;
  return { timeoutMs, priority, callback, retry: functionRetry, delayMs, runAt: at, user, ...notesIn(options) };
}

/** `json` goes in as it is: data is written once in its life. */
function bodyText(json: string | undefined, fields: CallFields & { sync: boolean }): string {
  const rest = JSON.stringify(fields);
  return json === undefined ? rest : `{"data":${json},${rest.slice(1)}`;
}
