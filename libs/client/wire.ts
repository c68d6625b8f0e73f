/** How requests are addressed and signed, and how reads are repeated: what all of a client's requests share. */
import { answerOf } from './answers';
import type { ReadOptions } from './call-options';
import type { ClientOptions } from './client-options';
import { InvoqError } from './errors';
import { exchange, lost, reasonFor, type Response } from './exchange';
import { pause } from './pause';
import { forReading, rereadAfter, RETRY, type RetryOptions, retryOptions } from './retry';
import { traceOfFunction } from './trace';

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
/** A stream says something each 15 s. One that is silent for so long is dead, though nobody has closed it, ms. */
const SILENT_MS = 45_000;

export class Wire {
  readonly retry: RetryOptions;
  readonly requestTimeoutMs: number;
  private readonly base: string;
  private readonly fetch: typeof fetch;

  constructor(private readonly options: ClientOptions) {
    if (!/^https?:\/\/./.test(options.url))
      throw new TypeError(`url must be that of an Invoq API; got "${options.url}".`);
    this.base = withoutSlash(options.url);
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
    const headers: Record<string, string> = { accept: 'application/json', ...this.headers(outgoing.env) };
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    return exchange(this.fetch, {
      method,
      url: this.base + path,
      headers: { ...headers, ...outgoing.headers },
      body,
      limitMs,
      signal,
    });
  }

  /** An answer as it comes: pieces of text, for as long as it lasts. Undefined: 204, nothing more comes. */
  async open(path: string, { signal, env, headers }: Outgoing): Promise<AsyncIterable<string> | undefined> {
    const url = this.base + path;
    const answer = await this.within(
      this.requestTimeoutMs,
      `GET ${url}`,
      this.fetch(url, { headers: { ...this.headers(env), ...headers }, signal }).catch((error: unknown) => {
        throw lost('CONNECTION_FAILED', `GET ${url}: ${reasonFor(error)}`, error);
      }),
    );
    if (answer.status === 204) return undefined;
    if (answer.status !== 200 || !answer.body) {
      const { status, headers } = answer;
      const text = await this.within(this.requestTimeoutMs, `GET ${url}`, answer.text());
      answerOf({ status, text, header: (name) => headers.get(name) ?? undefined });
    }
    return pieces(answer.body!.getReader(), this.options.silentMs ?? SILENT_MS);
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
        // The envelope of a refusal says whether it is worth another try.
        if (response.status >= 400) answerOf(response);
        return response;
      } catch (error) {
        const afterMs = error instanceof InvoqError ? rereadAfter(error, tries, retry) : undefined;
        if (afterMs === undefined) throw error;
        await pause(afterMs, signal);
      }
    }
  }

  /** Whoever called aborts what is given up here, by its signal. */
  private async within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(lost('NO_ANSWER', `No answer within ${ms} ms: ${what}`, undefined)), ms);
    });
    work.catch(() => undefined);
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  private headers(env = this.options.env): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.options.key !== undefined) headers.authorization = `Bearer ${this.options.key}`;
    if (env !== undefined) headers['x-invoq-env'] = env;
    const { traceparent, tracestate } = this.options.trace?.() ?? traceOfFunction(this.options.key);
    if (traceparent !== undefined) headers.traceparent = traceparent;
    if (tracestate !== undefined) headers.tracestate = tracestate;
    return headers;
  }
}

async function* pieces(reader: ReadableStreamDefaultReader<Uint8Array>, silentMs: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for (;;) {
    let isSilent = false;
    const timer = setTimeout(() => {
      isSilent = true;
      // The read that is under way ends with this.
      void reader.cancel().catch(() => undefined);
    }, silentMs);
    const { done, value } = await reader
      .read()
      .catch((error: unknown) => {
        throw lost('CONNECTION_FAILED', `The connection broke: ${reasonFor(error)}`, error);
      })
      .finally(() => clearTimeout(timer));
    if (isSilent) throw lost('CONNECTION_FAILED', `The connection was silent for ${silentMs} ms.`, undefined);
    if (done) return;
    yield decoder.decode(value, { stream: true });
  }
}

function withoutSlash(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end--;
  return url.slice(0, end);
}
