/**
 * TC3-HMAC-SHA256, as @cloudbase/signature-nodejs signs requests. It covers the address, some headers, and of the body:
 * with SignedParams (on `/admin`) the fields named there, which must be all that decide about a call; without them (the
 * js-sdk on `/v1`) the whole.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SignedRequest } from '../../callers/caller';
import type { DoorRequest } from '../door';
import { single } from '../headers';

const SCHEME = 'TC3-HMAC-SHA256';
const SCOPE = 'tcb/tc3_request';
const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=(?<keyID>[^/,\s]+)\/(?<date>\d{4}-\d{2}-\d{2})\/tcb\/tc3_request,(?: SignedParams=(?<params>[^,\s]*),)? SignedHeaders=(?<headers>[^,\s]+), Signature=(?<signature>[0-9a-f]{64})(?:, Timestamp=(?<timestamp>\d+))?(?:, Token=(?<token>[^,\s]+))?$/;
/** Fields that say what is run, with what, where, and in whose name. Lower-cased, as they are signed. */
const DECIDING = ['action', 'function_name', 'request_data', 'envname', 'env', 'qualifier', 'sessiontoken'];
const MUST_SIGN = ['host', 'content-type'];
/** As it was spelt by whoever signed: the SDKs take the word as it was handed to them. */
const METHODS = ['post', 'POST'];
/** How far a signature's time may lie from ours, ms. `x-signature-expires` may ask for less after it was made. */
const MAX_SKEW_MS = 300_000;

type Request = DoorRequest<unknown>;

interface Parts {
  keyID: string;
  date: string;
  /** Seconds since the epoch. */
  timestamp: string;
  /** Undefined: the body is signed as a whole. */
  params?: string[];
  headers: string[];
  signature: Buffer;
  token?: string;
}

export function isTc3(authorization: string | undefined): boolean {
  return authorization !== undefined && authorization.startsWith(SCHEME);
}

/** What the signature of a request says. Nothing is verified before `isBy` is asked; `fault` says why it need not be. */
export function readTc3(request: Request): SignedRequest {
  const parts = partsOf(request);
  if (!parts) return { keyID: '', fault: 'Authorization is not as TC3-HMAC-SHA256 has it.', isBy: () => false };
  const fields = fieldsOf(request.body);
  return {
    keyID: parts.keyID,
    token: parts.token ?? (fields?.get('sessiontoken') || undefined),
    fault: timeFault(request, parts) ?? coverFault(fields, parts),
    isBy(secret) {
      const payload = payloadHash(request.body, fields, parts.params);
      // Each one is computed, whichever is right.
      const right = METHODS.map((method) => sign(secret, parts, canonical(method, request, parts, payload)));
      return right.filter((signature) => timingSafeEqual(signature, parts.signature)).length > 0;
    },
  };
}

function partsOf({ headers }: Request): Parts | undefined {
  const found = AUTHORIZATION.exec(single(headers.authorization) ?? '')?.groups;
  if (!found) return undefined;
  return {
    keyID: found.keyID,
    date: found.date,
    timestamp: single(headers['x-timestamp']) ?? found.timestamp ?? '',
    params: found.params?.split(';'),
    headers: found.headers.split(';'),
    signature: Buffer.from(found.signature, 'hex'),
    token: found.token,
  };
}

function timeFault({ headers, receivedAt }: Request, { timestamp, date }: Parts): string | undefined {
  if (!/^\d{10}$/.test(timestamp)) return 'x-timestamp must be seconds since the epoch.';
  const madeAt = Number(timestamp) * 1_000;
  if (new Date(madeAt).toISOString().slice(0, 10) !== date) return 'The date in Credential is not that of x-timestamp.';
  const expires = single(headers['x-signature-expires']);
  const lifeMs = expires !== undefined && /^\d{1,6}$/.test(expires) ? Number(expires) * 1_000 : MAX_SKEW_MS;
  if (receivedAt - madeAt > Math.min(lifeMs, MAX_SKEW_MS)) return 'This signature has expired: x-timestamp is too old.';
  if (madeAt - receivedAt > MAX_SKEW_MS) return 'x-timestamp lies in the future: set your clock.';
  return undefined;
}

function coverFault(fields: Map<string, string> | undefined, { params, headers }: Parts): string | undefined {
  if (params) {
    if (!fields) return 'The body has two fields whose names differ in case only.';
    const open = DECIDING.find((name) => (fields.get(name) ?? '') !== '' && !params.includes(name));
    if (open !== undefined) return `The field ${open} of the body is not in SignedParams.`;
  }
  const bare = MUST_SIGN.find((name) => !headers.includes(name));
  return bare === undefined ? undefined : `The header ${bare} is not in SignedHeaders.`;
}

/** Names are signed in lower case, so two that differ in case only could be signed as one and read as the other. */
function fieldsOf(body: unknown): Map<string, string> | undefined {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries((body ?? {}) as Record<string, unknown>)) {
    const key = safeEncoded(name.toLowerCase().trim());
    if (fields.has(key)) return undefined;
    if (value !== undefined) fields.set(key, (typeof value === 'string' ? value : JSON.stringify(value)).trim());
  }
  return fields;
}

function safeEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function payloadHash(body: unknown, fields: Map<string, string> | undefined, params: string[] | undefined): string {
  const hash = createHash('sha256');
  // What JSON.stringify wrote, parsed and written again, is the same text.
  if (!params) return hash.update(JSON.stringify(body)).digest('hex');
  for (const name of params) {
    const value = fields?.get(name) ?? '';
    if (value !== '') hash.update(`&${name}=`).update(value).update('\r\n');
  }
  return hash.digest('hex');
}

function canonical(method: string, { url, headers }: Request, parts: Parts, payload: string): string {
  const mark = url.indexOf('?');
  const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
  const address = parts.params ? `//${single(headers.host) ?? ''}${path}` : path;
  const lines = parts.headers.map((name) => `${name}:${headerAsSigned(name, single(headers[name]) ?? '')}`);
  return `${method}\n${address}\n${query}\n${lines.join('\n')}\n\n${parts.headers.join(';')}\n${payload}`;
}

function headerAsSigned(name: string, value: string): string {
  return name === 'content-type' ? value : value.trim().toLowerCase();
}

function sign(secret: string, { date, timestamp }: Parts, canonicalRequest: string): Buffer {
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const digest = createHash('sha256').update(canonicalRequest).digest('hex');
  const text = `${SCHEME}\n${timestamp}\n${date}/${SCOPE}\n${digest}`;
  return hmac(hmac(hmac(hmac(`TC3${secret}`, date), 'tcb'), 'tc3_request'), text);
}
