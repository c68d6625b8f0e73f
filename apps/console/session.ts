/** Who is signed in, and the client that speaks for them. The token stays in memory; the key is never kept. */
import { createClient, InvoqError, type Invocation, type InvoqClient } from '@invoq/client/index';

export interface SessionView {
  /** There are no keys: nobody has to sign in. */
  open?: boolean;
  id?: string;
  scopes: string[];
  envs: string[];
  csrf?: string;
  /** ISO 8601. */
  expiresAt?: string;
}

let csrf: string | undefined;
let env: string | undefined;
let changedAt = 0;
/** For so long after a change nothing older than it may be shown, ms. */
const FRESH_MS = 3_000;

/** Adds the token of the session, so that no page of another site can use its cookie, and the env that is shown. */
function withToken(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (csrf !== undefined) headers.set('x-csrf-token', csrf);
  if (env !== undefined && !headers.has('x-invoq-env')) headers.set('x-invoq-env', env);
  // One that others got less than a second ago will do, unless something was changed here since.
  if (Date.now() - changedAt > FRESH_MS) headers.set('cache-control', 'max-age=1');
  if (init.method !== undefined && init.method !== 'GET') changedAt = Date.now();
  return fetch(input, { ...init, headers, credentials: 'same-origin' });
}

export const client: InvoqClient = createClient({ url: location.origin, fetch: withToken, retry: false });

/** Undefined: the env that the key has first. */
export function switchEnv(name: string | undefined): void {
  env = name;
}

export async function session(method = 'GET', key?: string): Promise<SessionView | null> {
  const body =
    key === undefined ? {} : { body: JSON.stringify({ key }), headers: { 'content-type': 'application/json' } };
  const answer = await withToken('/console/session', { method, ...body });
  const { data, error } = (await answer.json()) as { data: SessionView | null; error: { message?: string } };
  if (!answer.ok) throw new Error(error.message);
  csrf = data?.csrf;
  return data;
}

export const typeOf = (error: unknown): string => (error instanceof InvoqError ? error.type : '');

/** A large result is left where it is: `link` says where that is. */
export interface SeenCall extends Invocation {
  link?: { url: string; bytes: number };
}

/** The client reads large results whole; a page shows where they can be had. */
export async function readCall(id: string, signal: AbortSignal): Promise<SeenCall> {
  let isLinked = false;
  const asking = createClient({
    url: location.origin,
    retry: false,
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('prefer', 'result=url');
      const answer = await withToken(input, { ...init, headers });
      isLinked = (answer.headers.get('preference-applied') ?? '').includes('result=url');
      return answer;
    },
  });
  const call = await asking.get(id, { data: true, signal });
  return isLinked ? { ...call, link: call.result?.data as SeenCall['link'] } : call;
}

/** Calls a function and waits. Unlike `invoke`, with the requestID, whatever comes of it. */
export async function callAndWait(name: string, data: unknown): Promise<{ requestID: string; isPending: boolean }> {
  const answer = await withToken(`/v1/functions/${encodeURIComponent(name)}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data, sync: true }),
  });
  const { error, requestID } = (await answer.json()) as {
    requestID: string;
    error: { type?: string; message?: string; started?: unknown };
  };
  // A refusal has no record: it is all that there is to show.
  if (error.started === false) throw new Error(`${error.type}: ${error.message}`);
  return { requestID, isPending: answer.status === 202 };
}
