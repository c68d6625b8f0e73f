/** The user of `X-Invoq-User` is the one that was sent: no character and no number is changed. */
import { Refusal } from '@invoq/contract/refusal';
import type { Caller } from '../auth/caller';
import type { Call } from '../invocations/call';
import { withUser } from './user';

const CALL = { origin: { eventType: 'api' } } as Call;
const CALLER = { scopes: new Set(['invoke', 'user']) } as unknown as Caller;
/** As Node.js hands on what came over the wire. */
const header = (bytes: Buffer): Record<string, string> => ({ 'x-invoq-user': bytes.toString('latin1') });
const userOf = (text: string): unknown => withUser(CALL, CALLER, header(Buffer.from(text))).origin.user;

test.each(['{"name":"名"}', '{"name":"\\u540d"}', '{"id":"12345678901234567890","n":9007199254740992}'])(
  '%s',
  (text) => {
    expect(userOf(text)).toEqual(JSON.parse(text));
  },
);

test.each<[string, Buffer, string]>([
  ['Latin-1', Buffer.from('{"name":"é"}', 'latin1'), 'must be UTF-8'],
  ['GBK', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc4, 0xe3, 0x22, 0x7d]), 'must be UTF-8'],
  ['a number that would be rounded', Buffer.from('{"id":12345678901234567890}'), 'at byte 7 of the X-Invoq-User'],
  ['no JSON', Buffer.from('{'), 'must be a JSON object'],
])('%s is refused', (_, bytes, message) => {
  let refusal: unknown;
  try {
    withUser(CALL, CALLER, header(bytes));
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(Refusal);
  expect((refusal as Refusal).fields![0].field).toBe('X-Invoq-User');
  expect((refusal as Refusal).message).toContain(message);
});
