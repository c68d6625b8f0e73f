/** Who is signed in, and the client that speaks for them. The token stays in memory; the key is never kept. */
import { createClient, InvoqError, type InvoqClient } from '@invoq/client/index';

export interface SessionView {
  open?: boolean;
  id?: string;
  scopes: string[];
  envs: string[];
  csrf?: string;
}

let csrf: string | undefined;

/** Adds the token of the session, so that no page of another site can use its cookie. */
function withToken(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (csrf !== undefined) headers.set('x-csrf-token', csrf);
  return fetch(input, { ...init, headers, credentials: 'same-origin' });
}

export const client: InvoqClient = createClient({ url: location.origin, fetch: withToken, retry: false });

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
