/** One HTTP request and its whole answer, within a time. */
import { InvoqError } from './errors';
import { reasonOf } from './pause';

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string | Blob | Uint8Array;
  /** ms until the whole answer must be there. */
  limitMs: number;
  signal?: AbortSignal;
}

export interface Response {
  status: number;
  header(name: string): string | undefined;
  text: string;
}

/** Rejects with CONNECTION_FAILED or NO_ANSWER, both of which leave open whether it arrived; or as `signal` says. */
export async function exchange(send: typeof fetch, request: Request): Promise<Response> {
  const { method, url, headers, body, limitMs, signal } = request;
  if (signal?.aborted) throw reasonOf(signal);
  const control = new AbortController();
  const onAbort = (): void => control.abort(signal!.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    control.abort();
  }, limitMs);
  try {
    const answer = await send(url, { method, headers, body: body as RequestInit['body'], signal: control.signal });
    const text = await answer.text();
    return { status: answer.status, text, header: (name) => answer.headers.get(name) ?? undefined };
  } catch (error) {
    if (signal?.aborted) throw reasonOf(signal);
    if (late) throw lost('NO_ANSWER', `No answer within ${limitMs} ms: ${method} ${url}`, error);
    throw lost('CONNECTION_FAILED', `${method} ${url}: ${reasonFor(error)}`, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

export function lost(type: 'NO_ANSWER' | 'CONNECTION_FAILED', message: string, cause: unknown): InvoqError {
  return new InvoqError({ type, message, retryable: true, started: 'unknown', cause });
}

/** Node's `fetch failed` has what happened in its cause. */
export function reasonFor(error: unknown): string {
  const { message, cause } = error as Error;
  const { code, message: inner } = (cause ?? {}) as { code?: string; message?: string };
  return [message, code ?? inner].filter(Boolean).join(': ');
}
