/**
 * Verifies a callback as Standard Webhooks has it (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md),
 * by the platform's own cryptography: Node 18 and later, Deno, Bun, and workers.
 */
import type { Envelope } from '@invoq/contract/envelope';
import type { Outcome } from '@invoq/contract/outcome';

/** What a receiver gets. */
export interface CallbackEvent<T = unknown> {
  /** Such as `invocation.succeeded`. A test has `invocation.test`. */
  type: string;
  /** When the call ended, ISO 8601. */
  timestamp: string;
  data: Envelope<T> & {
    function: string;
    env: string;
    status: Outcome;
    /** Instead of a large result: where it is. */
    large?: { bytes: number; url: string };
  };
}

/** Why a request is not one of Invoq's callbacks. */
export type CallbackErrorType = 'NO_SIGNATURE' | 'BAD_SECRET' | 'TOO_OLD' | 'TOO_NEW' | 'WRONG_SIGNATURE' | 'NOT_JSON';

export class CallbackError extends Error {
  constructor(
    readonly type: CallbackErrorType,
    message: string,
  ) {
    super(message);
    this.name = 'CallbackError';
  }
}

export interface VerifyOptions {
  /** How far the clock of the sender may be from this one, seconds; 300 by default. */
  toleranceS?: number;
  /** ms since the epoch; for tests. */
  now?: number;
}

type Subtle = typeof import('node:crypto').webcrypto.subtle;
type HeaderSource = { get(name: string): string | null } | Record<string, string | string[] | undefined>;

const PREFIX = 'whsec_';
const TOLERANCE_S = 300;
const VERSION = 'v1';
/** A sender signs with two secrets while one replaces the other. */
const MAX_SIGNATURES = 10;

/**
 * Resolves with what the callback says, when one of `secrets` has signed it. `body`: the very bytes that came, before
 * anything has parsed them. Rejects with a `CallbackError`.
 */
export async function verifyCallback<T = unknown>(
  body: string | Uint8Array | ArrayBuffer,
  headers: HeaderSource,
  secrets: string | readonly string[],
  { toleranceS = TOLERANCE_S, now = Date.now() }: VerifyOptions = {},
): Promise<CallbackEvent<T>> {
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  );
  if (!id || !timestamp || !signature || !/^\d{1,12}$/.test(timestamp)) {
    throw new CallbackError('NO_SIGNATURE', 'It has no webhook-id, webhook-timestamp and webhook-signature.');
  }
  const ageS = Math.floor(now / 1_000) - Number(timestamp);
  if (ageS > toleranceS) throw new CallbackError('TOO_OLD', `It was sent ${ageS} s ago; ${toleranceS} s are allowed.`);
  if (-ageS > toleranceS)
    throw new CallbackError('TOO_NEW', `Its time is ${-ageS} s ahead; ${toleranceS} s are allowed.`);
  const bytes = bytesAsSent(body);
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  if (!(await isSigned(signed, signature, [secrets].flat()))) {
    throw new CallbackError('WRONG_SIGNATURE', 'None of the secrets has signed it, or it was changed on its way.');
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as CallbackEvent<T>;
  } catch {
    throw new CallbackError('NOT_JSON', 'Its body is not JSON.');
  }
}

function bytesAsSent(body: unknown): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  // Of another realm, too: that of a test runner, say.
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return new Uint8Array(body as ArrayBuffer);
  throw new TypeError('The body must be the text or bytes that came, before anything has parsed them.');
}

async function isSigned(signed: Uint8Array<ArrayBuffer>, header: string, secrets: readonly string[]): Promise<boolean> {
  const subtle = await subtleCrypto();
  const given = header
    .split(' ')
    .slice(0, MAX_SIGNATURES)
    .map((one) => one.split(','));
  for (const secret of secrets) {
    const key = await subtle.importKey('raw', keyOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    for (const [version, text] of given) {
      const signature = version === VERSION ? bytesOf(text ?? '') : undefined;
      // It compares in constant time.
      if (signature && (await subtle.verify('HMAC', key, signature, signed))) return true;
    }
  }
  return false;
}

/** Node 18 has it in a module only. */
async function subtleCrypto(): Promise<Subtle> {
  if (globalThis.crypto?.subtle) return globalThis.crypto.subtle;
  // By a name that no bundler for browsers looks at.
  const module = 'node:crypto';
  const { webcrypto } = (await import(module)) as typeof import('node:crypto');
  return webcrypto.subtle;
}

function keyOf(secret: unknown): Uint8Array<ArrayBuffer> {
  const text = typeof secret === 'string' ? secret.trim() : '';
  const key = bytesOf(text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text);
  if (key === undefined || key.byteLength === 0)
    throw new CallbackError('BAD_SECRET', 'A secret is whsec_ and base64.');
  return key;
}

/** Undefined: it is no base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(head: Uint8Array, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(head.length + body.length);
  all.set(head);
  all.set(body, head.length);
  return all;
}

function headerOf(headers: HeaderSource, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const all = headers as Record<string, string | string[] | undefined>;
  // Some gateways hand names on as they came, or in their own case.
  const value = all[name] ?? Object.entries(all).find(([other]) => other.toLowerCase() === name)?.[1];
  return Array.isArray(value) ? value[0] : value;
}
