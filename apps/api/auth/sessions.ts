/**
 * Sessions of the console: a cookie that the secret of the caller's own key signs. Every API that reads the same keys can
 * check it, nothing is stored, and a key that is revoked or gets a new secret ends its sessions (decision 0058).
 */
import { createHmac } from 'node:crypto';
import { Refusal } from '@invoq/contract/refusal';
import type { SessionProof } from './caller';
import { type Key, type Keys, sameText } from './keys';

/** How long a session lasts, ms. */
export const SESSION_MS = 12 * 3_600_000;

export interface Session {
  key: Key;
  /** ms since the epoch. */
  expiresAt: number;
  csrf: string;
}

/** The value of the cookie of a new session. */
export function sealSession(key: Key, expiresAt: number): string {
  const head = `${key.id}.${expiresAt.toString(36)}`;
  return `${head}.${macOf(key, 'session', head)}`;
}

/** Undefined: it has ended, or was never one. */
export function openSession(cookie: string, keys: Keys, now: number): Session | undefined {
  const [id = '', until = '', mac = '', ...more] = cookie.split('.');
  const key = keys.find(id);
  const expiresAt = parseInt(until, 36);
  if (!key || more.length > 0 || !(expiresAt > now) || expiresAt > now + SESSION_MS) return undefined;
  if (!sameText(mac, macOf(key, 'session', `${id}.${until}`))) return undefined;
  return { key, expiresAt, csrf: macOf(key, 'csrf', mac) };
}

/** The key of a request. Refuses with UNAUTHENTICATED when the session has ended, FORBIDDEN without its token. */
export function keyOfSession({ cookie, csrf }: SessionProof, keys: Keys, now: number): Key {
  const session = openSession(cookie, keys, now);
  if (!session) throw new Refusal('UNAUTHENTICATED', 'The session has ended. Sign in again.');
  if (!sameText(csrf ?? '', session.csrf))
    throw new Refusal('FORBIDDEN', 'A request of a session needs its token in X-CSRF-Token.');
  return session.key;
}

function macOf({ secret }: Key, use: string, text: string): string {
  return createHmac('sha256', secret).update(`invoq console ${use}\0${text}`).digest('base64url');
}
