/**
 * TC3-HMAC-SHA256, as @cloudbase/signature-nodejs signs requests. It covers the address, some headers, and of the body:
 * with SignedParams (on `/admin`) the fields named there, which must be all that decide about a call; without them (the
 * js-sdk on `/v1`) the whole.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SignedRequest } from '../../auth/caller';
import type { DoorRequest, RequestHead } from '../../http/wire';
import { single } from '../../http/headers';

const SCHEME = 'TC3-HMAC-SHA256';
const SCOPE = 'tcb/tc3_request';
const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=(?<keyID>[^/,\s]+)\/(?<date>\d{4}-\d{2}-\d{2})\/tcb\/tc3_request,(?: SignedParams=(?<params>[^,\s]*),)? SignedHeaders=(?<headers>[^,\s]+), Signature=(?<signature>[0-9a-f]{64})(?:, Timestamp=(?<timestamp>\d+))?(?:, Token=(?<token>[^,\s]+))?$/;
/** Fields that say what is run, with what, where, and in whose name. Lower-cased, as they are signed. */
const DECIDING = ['action', 'function_name', 'request_data', 'envname', 'env', 'qualifier', 'sessiontoken'];
const MUST_SIGN = ['host', 'content-type'];
/** Headers that decide where a call runs: signed when they are there. */
const DECIDING_HEADERS = ['x-invoq-env'];
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

/** The fields of a body under the names by which they are signed. `fault`: why they are ambiguous. */
interface Fields {
  byName: Map<string, string>;
  fault?: string;
}

const LONE_SURROGATE = /[\uD800-\uDFFF]/u;
const MALFORMED: SignedRequest = {
  keyID: '',
  fault: 'Authorization is not as TC3-HMAC-SHA256 has it.',
  isBy: () => false,
};

export function isTc3(authorization: string | undefined): boolean {
  return authorization !== undefined && authorization.startsWith(SCHEME);
}

/** What the headers say of a signature. Nothing is verified; `fault` says why the body need not be read. */
export function readTc3Head(head: RequestHead, now: number): SignedRequest {
  const parts = partsOf(head);
  if (!parts) return MALFORMED;
  const { keyID, token } = parts;
  return { keyID, token, fault: headError(head, now, parts), isBy: () => false };
}

/** What the signature of a request says. Nothing is verified before `isBy` is asked; `fault` says why it need not be. */
export function readTc3(request: Request): SignedRequest {
  const parts = partsOf(request);
  if (!parts) return MALFORMED;
  const fields = fieldsOf(request.body);
  return {
    keyID: parts.keyID,
    token: parts.token ?? (fields.byName.get('sessiontoken') || undefined),
    fault: headError(request, request.receivedAt, parts) ?? (parts.params && bodyError(fields, parts.params)),
    isBy(secret) {
      const payload = payloadHash(request.body, fields.byName, parts.params);
      // Each one is computed, whichever is right.
      const right = METHODS.map((method) => sign(secret, parts, canonical(method, request, parts, payload)));
      return right.filter((signature) => timingSafeEqual(signature, parts.signature)).length > 0;
    },
  };
}

function partsOf({ headers }: RequestHead): Parts | undefined {
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

function headError(head: RequestHead, now: number, parts: Parts): string | undefined {
  const fault = timeError(head, now, parts);
  if (fault !== undefined) return fault;
  const must = [...MUST_SIGN, ...DECIDING_HEADERS.filter((name) => head.headers[name] !== undefined)];
  const bare = must.find((name) => !parts.headers.includes(name));
  return bare === undefined ? undefined : `The header ${bare} is not in SignedHeaders.`;
}

function timeError({ headers }: RequestHead, now: number, { timestamp, date }: Parts): string | undefined {
  if (!/^\d{10}$/.test(timestamp)) return 'x-timestamp must be seconds since the epoch.';
  const madeAt = Number(timestamp) * 1_000;
  if (new Date(madeAt).toISOString().slice(0, 10) !== date) return 'The date in Credential is not that of x-timestamp.';
  const expires = single(headers['x-signature-expires']);
  const lifeMs = expires !== undefined && /^\d{1,6}$/.test(expires) ? Number(expires) * 1_000 : MAX_SKEW_MS;
  if (now - madeAt > Math.min(lifeMs, MAX_SKEW_MS)) return 'This signature has expired: x-timestamp is too old.';
  if (madeAt - now > MAX_SKEW_MS) return 'x-timestamp lies in the future: set your clock.';
  return undefined;
}

function bodyError({ byName, fault }: Fields, params: string[]): string | undefined {
  if (fault !== undefined) return fault;
  const open = DECIDING.find((name) => (byName.get(name) ?? '') !== '' && !params.includes(name));
  return open === undefined ? undefined : `The field ${open} of the body is not in SignedParams.`;
}

/** Names are signed in lower case, so two that differ in case only could be signed as one and read as the other. */
function fieldsOf(body: unknown): Fields {
  const byName = new Map<string, string>();
  const fields: Fields = { byName };
  if (typeof body !== 'object' || body === null) return fields;
  for (const [name, value] of Object.entries(body)) {
    // Half a character cannot be encoded.
    if (LONE_SURROGATE.test(name)) fields.fault ??= 'The body has a field whose name is not Unicode text.';
    else {
      const key = safeEncoded(name.toLowerCase().trim());
      if (byName.has(key)) fields.fault ??= 'The body has two fields whose names differ in case only.';
      byName.set(key, (typeof value === 'string' ? value : JSON.stringify(value)).trim());
    }
  }
  return fields;
}

function safeEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function payloadHash(body: unknown, fields: Map<string, string>, params: string[] | undefined): string {
  const hash = createHash('sha256');
  // What JSON.stringify wrote, parsed and written again, is the same text.
  if (!params) return hash.update(JSON.stringify(body) ?? '').digest('hex');
  for (const name of params) {
    const value = fields.get(name) ?? '';
    if (value !== '') hash.update(`&${name}=`).update(value).update('\r\n');
  }
  return hash.digest('hex');
}

function canonical(method: string, { url, headers }: RequestHead, parts: Parts, payload: string): string {
  const mark = url.indexOf('?');
  const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
  const address = parts.params ? `//${single(headers.host) ?? ''}${path}` : path;
  const lines = parts.headers.map((name) => `${name}:${headerAsSigned(name, signedHeader(headers, name))}`);
  return `${method}\n${address}\n${query}\n${lines.join('\n')}\n\n${parts.headers.join(';')}\n${payload}`;
}

/** The caller names the header, so that it may be one that every object inherits. */
function signedHeader(headers: RequestHead['headers'], name: string): string {
  return (Object.hasOwn(headers, name) ? single(headers[name]) : undefined) ?? '';
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
