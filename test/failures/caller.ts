/** A program that calls functions and writes down what it sends and what it is told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { http, type HttpResponse } from '../harness/http';
import type { Ledger } from './ledger';

export interface Wish {
  sync?: boolean;
  timeoutMs?: number;
  onTimeout?: 'fail' | 'detach';
  /** Who else is notified of the end. */
  callback?: { url: string };
  /** Idempotency-Key. */
  key?: string;
  env?: string;
  retry?: object;
  /** ms until it hangs up by itself. */
  patienceMs?: number;
  signal?: AbortSignal;
}

/** How an exchange went; `undefined` when the connection broke. */
export type ReportedAnswer = HttpResponse | undefined;

const PATIENCE_MS = 30_000;

export class Caller {
  /** `urls`: the APIs that stand now; the first one is asked. */
  constructor(
    private readonly ledger: Ledger,
    private readonly urls: () => string[],
  ) {}

  sync(name: string, data: unknown = {}, options: Wish = {}): Promise<ReportedAnswer> {
    return this.call(this.urls()[0], name, data, { sync: true, ...options });
  }

  async(name: string, data: unknown = {}, options: Wish = {}): Promise<ReportedAnswer> {
    return this.call(this.urls()[0], name, data, { sync: false, ...options });
  }

  /** Accepted, whatever it takes: the same key again, on the next API, until one says so. */
  async persist(name: string, data: unknown, options: Wish & { key: string }, limitMs = 30_000): Promise<HttpResponse> {
    const giveUpAt = Date.now() + limitMs;
    for (let tries = 0; Date.now() < giveUpAt; tries++) {
      const urls = this.urls();
      if (urls.length > 0) {
        const answer = await this.call(urls[tries % urls.length], name, data, { sync: false, ...options });
        if (answer && answer.status < 400) return answer;
        if (answer && answer.status < 500 && answer.status !== 429) throw new Error(`refused: ${answer.text}`);
      }
      await sleep(20);
    }
    throw new Error(`${name} with key ${options.key} was not accepted within ${limitMs} ms`);
  }

  async call(url: string, name: string, data: unknown, options: Wish): Promise<ReportedAnswer> {
    const { sync, timeoutMs, onTimeout, callback, key, env, retry, patienceMs = PATIENCE_MS, signal } = options;
    const call = this.ledger.sent(name, key);
    const headers = { ...(key ? { 'idempotency-key': key } : {}), ...(env ? { 'x-invoq-env': env } : {}) };
    const body = { data, sync, timeoutMs, onTimeout, callback, retry };
    const answer = await http(url)
      .request(`/v1/functions/${name}/invocations`, { method: 'POST', headers, body, timeoutMs: patienceMs, signal })
      .catch((error: Error) => void this.ledger.append({ what: 'broken', call, message: error.message }));
    if (answer) this.write(call, answer, env);
    return answer ?? undefined;
  }

  private write(call: number, { status, body, text }: HttpResponse, env?: string): void {
    const requestID = (body as { requestID?: string }).requestID;
    // An end, of whatever kind, has the id of a record; a refusal may have one, and proves nothing.
    const ended = status === 200 || isEndOfRecord(body);
    if (requestID !== undefined && (ended || status === 202)) this.ledger.append({ what: 'acked', call, requestID });
    if (ended) this.ledger.append({ what: 'answered', call, requestID: requestID!, status, text, env });
    else if (status !== 202) this.ledger.append({ what: 'refused', call, requestID, status, text });
  }
}

/** Platform ends that stand in the record. */
function isEndOfRecord(body: unknown): boolean {
  const type = (body as { error?: { type?: string } }).error?.type;
  return type === 'WORKER_LOST' || type === 'EXPIRED' || type === 'CANCELLED';
}
