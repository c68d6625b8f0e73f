/** A small HTTP client for tests: each request on a connection of its own, each with an end. */
import { request as send, type IncomingHttpHeaders } from 'node:http';

const LIMIT_MS = 30_000;

export interface HttpRequest {
  method?: string;
  headers?: Record<string, string>;
  /** Text and bytes go as they are, anything else as JSON. */
  body?: unknown;
  /** ms until the whole answer must be there; 30 s by default. */
  timeoutMs?: number;
  /** Hangs up. */
  signal?: AbortSignal;
}

export interface HttpResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** The parsed body when it is JSON, else its text. */
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- the test says what it expects to see
  /** The very bytes. */
  text: string;
}

export interface HttpClient {
  request(path: string, request?: HttpRequest): Promise<HttpResponse>;
  get(path: string, headers?: Record<string, string>): Promise<HttpResponse>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<HttpResponse>;
}

export function http(url: string): HttpClient {
  const client: HttpClient = {
    request: (path, request = {}) => exchange(new URL(path, url), request),
    get: (path, headers) => client.request(path, { headers }),
    post: (path, body, headers) => client.request(path, { method: 'POST', body, headers }),
  };
  return client;
}

function exchange(
  url: URL,
  { method = 'GET', headers = {}, body, timeoutMs = LIMIT_MS, signal }: HttpRequest,
): Promise<HttpResponse> {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const type =
    payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) };
  const limit = AbortSignal.timeout(timeoutMs);
  return new Promise((done, fail) => {
    // No agent: a kept connection to a process that was killed since would fail a call that never reached anyone.
    const options = {
      method,
      headers: { ...type, ...headers },
      agent: false as const,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    };
    const outgoing = send(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', fail);
      incoming.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        done({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: parsed(text), text });
      });
    });
    outgoing.once('error', (error) =>
      fail(
        limit.aborted
          ? new Error(`No answer within ${timeoutMs} ms: ${method} ${url.pathname}`, { cause: error })
          : error,
      ),
    );
    outgoing.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
