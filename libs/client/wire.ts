/** How requests are addressed and signed, and how reads are repeated: what all of a client's requests share. */
import { answerOf } from './answers';
import type { ReadOptions } from './call-options';
import type { ClientOptions } from './client-options';
import { InvoqError } from './errors';
import { exchange, type Response } from './exchange';
import { pause } from './pause';
import { forReading, rereadAfter, RETRY, type RetryOptions, retryOptions } from './retry';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Outgoing {
  body?: string | Blob | Uint8Array;
  headers?: Record<string, string>;
  /** ms. */
  limitMs?: number;
  signal?: AbortSignal;
  env?: string;
}

const REQUEST_MS = 60_000;

export class Wire {
  readonly retry: RetryOptions;
  readonly requestTimeoutMs: number;
  private readonly base: string;
  private readonly fetch: typeof fetch;

  constructor(private readonly options: ClientOptions) {
    if (!/^https?:\/\/./.test(options.url))
      throw new TypeError(`url must be that of an Invoq API; got "${options.url}".`);
    this.base = options.url.replace(/\/+$/, '');
    this.retry = retryOptions(RETRY, options.retry);
    this.requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_MS;
    const own = options.fetch ?? globalThis.fetch;
    if (typeof own !== 'function') throw new TypeError('There is no global fetch here: hand one over as `fetch`.');
    // Browsers insist on their `fetch` being called as the window's.
    this.fetch = (input, init) => own.call(globalThis, input, init);
  }

  /** Once. */
  send(method: Method, path: string, outgoing: Outgoing = {}): Promise<Response> {
    const { body, signal, limitMs = this.requestTimeoutMs } = outgoing;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    if (this.options.key !== undefined) headers.authorization = `Bearer ${this.options.key}`;
    const env = outgoing.env ?? this.options.env;
    if (env !== undefined) headers['x-invoq-env'] = env;
    return exchange(this.fetch, {
      method,
      url: this.base + path,
      headers: { ...headers, ...outgoing.headers },
      body,
      limitMs,
      signal,
    });
  }

  /** What changes nothing, or changes it once however often it is asked: repeated while the platform is away. */
  async read(
    path: string,
    { signal, env }: ReadOptions,
    { method = 'GET', ...outgoing }: Outgoing & { method?: Method } = {},
  ): Promise<Response> {
    const retry = forReading(this.retry);
    for (let tries = 1; ; tries++) {
      try {
        const response = await this.send(method, path, { ...outgoing, signal, env });
        // Whether it is worth another try is told in the envelope of a refusal.
        if (response.status >= 400) answerOf(response);
        return response;
      } catch (error) {
        const afterMs = error instanceof InvoqError ? rereadAfter(error, tries, retry) : undefined;
        if (afterMs === undefined) throw error;
        await pause(afterMs, signal);
      }
    }
  }
}
