/** A stack whose callers need keys: one key for each scope, in an env, and one key for two envs. */
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { writeFunctions } from '../harness/write-functions';

const SCOPES = { inv: ['invoke'], rd: ['read'], adm: ['admin'], all: ['invoke', 'read', 'admin'] };
export type KeyID = keyof typeof SCOPES | 'both';

const secretOf = (id: KeyID): string => `secret-of-${id}-0123456789`;
export const keyOf = (id: KeyID): string => `${id}.${secretOf(id)}`;
export const bearer = (id: KeyID): { authorization: string } => ({ authorization: `Bearer ${keyOf(id)}` });

/** `echo` in both envs, `secret` in the other one alone. */
export async function startKeyedStack(env: Record<string, string> = {}): Promise<Stack> {
  const keys = [
    ...Object.entries(SCOPES).map(([id, scopes]) => ({ id, secret: secretOf(id as KeyID), envs: ['default'], scopes })),
    { id: 'both', secret: secretOf('both'), envs: ['default', 'other'], scopes: ['invoke', 'read', 'admin'] },
  ];
  const file = join(scratchDir('keys'), 'keys.json');
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 });
  const echo = { 'echo.js': 'exports.main = (event) => event' };
  const other = { ...echo, 'secret.js': `exports.main = () => "the other env's secret"` };
  const functions = `default=${writeFunctions(echo)},other=${writeFunctions(other)}`;
  return startStack({ functions, env: { INVOQ_KEYS_FILE: file, ...env } });
}

/** The headers of a request that is signed by TC3-HMAC-SHA256 as a whole, with `more` headers that are signed, too. */
export function signed(id: string, url: URL, body: string, more: Record<string, string> = {}): Record<string, string> {
  const seconds = String(Math.floor(Date.now() / 1_000));
  const date = new Date(Number(seconds) * 1_000).toISOString().slice(0, 10);
  const headers: Record<string, string> = { 'content-type': 'application/json', host: url.host, ...more };
  const names = Object.keys(headers);
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const lines = names.map((name) => `${name}:${headers[name]}`).join('\n');
  const request = `POST\n${url.pathname}\n\n${lines}\n\n${names.join(';')}\n${sha256(body)}`;
  const text = `TC3-HMAC-SHA256\n${seconds}\n${date}/tcb/tc3_request\n${sha256(request)}`;
  const key = hmac(hmac(hmac(`TC3${secretOf(id as KeyID)}`, date), 'tcb'), 'tc3_request');
  return {
    ...headers,
    'x-timestamp': seconds,
    authorization: `TC3-HMAC-SHA256 Credential=${id}/${date}/tcb/tc3_request, SignedHeaders=${names.join(';')}, Signature=${hmac(key, text).toString('hex')}`,
  };
}
