/**
 * Who the user is behind a call, as a caller that is trusted with it says: by `X-Invoq-User` at every door, or by `user` on the
 * native wire. It takes the scope `user`. A function hands its own user on to those that it calls.
 */
import { isUtf8 } from 'node:buffer';
import { type FieldError, invalid, Refusal } from '@invoq/contract/refusal';
import type { Caller } from '../auth/caller';
import { mustBeJson } from '../http/json-body';
import { MAY_NOT_BE_KEPT } from '../http/json-number';
import type { Call } from '../invocations/call';
import { single } from '../http/headers';

type User = Record<string, unknown>;

/** Bytes of JSON. */
const MAX_USER = 4_096;
/** They become variables of the function's process. */
const WX_VALUE = /^[\x21-\x7e]{1,128}$/;
const WX_NAME = /^WX_[A-Z0-9_]{1,40}$/;
const HEADER = 'X-Invoq-User';

/** @throws Refusal INVALID_REQUEST for what is no user, FORBIDDEN for a caller who may not say it. */
export function withUser(call: Call, caller: Caller, headers: Record<string, string | string[] | undefined>): Call {
  const header = single(headers['x-invoq-user']);
  const said = call.origin.user ?? (header === undefined ? undefined : parsed(header));
  if (said === undefined) return caller.user === undefined ? call : callBy(call, caller.user);
  const fault = userError(said, call.origin.user === undefined ? HEADER : 'user');
  if (fault) throw invalid(fault.field, fault.rule);
  if (!caller.scopes.has('user')) {
    throw new Refusal('FORBIDDEN', 'Only a key with the scope "user" may say who the user is.');
  }
  return callBy(call, said);
}

function callBy(call: Call, user: User): Call {
  return { ...call, origin: { ...call.origin, user } };
}

/** Node.js reads the bytes of a header as Latin-1. */
function parsed(header: string): User {
  const bytes = Buffer.from(header, 'latin1');
  if (!isUtf8(bytes)) throw invalid(HEADER, 'must be UTF-8, or ASCII with escapes such as "\\u00e9"');
  const text = bytes.toString('utf8');
  let user: User;
  try {
    user = JSON.parse(text) as User;
  } catch {
    throw invalid(HEADER, 'must be a JSON object, such as {"WX_OPENID":"o-1"}');
  }
  if (MAY_NOT_BE_KEPT.test(text)) mustBeJson(text, HEADER);
  return user;
}

function userError(user: unknown, field: string): FieldError | undefined {
  if (typeof user !== 'object' || user === null || Array.isArray(user))
    return { field, rule: 'must be a JSON object, such as {"WX_OPENID":"o-1"}' };
  if (Buffer.byteLength(JSON.stringify(user)) > MAX_USER) return { field, rule: `must be at most ${MAX_USER} bytes` };
  for (const [name, value] of Object.entries(user)) {
    if (!name.startsWith('WX_')) continue;
    const isFit = WX_NAME.test(name) && typeof value === 'string' && WX_VALUE.test(value);
    if (!isFit) return { field: `${field}.${name}`, rule: 'must be 1-128 printable ASCII characters without blanks' };
  }
  return undefined;
}
