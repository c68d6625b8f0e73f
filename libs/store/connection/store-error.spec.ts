import { Refusal } from '@invoq/contract/refusal';
import { isRefused, storeError, storeRefusal } from './store-error';

/** As ioredis throws the error replies of Redis. */
const reply = (text: string): Error => Object.assign(new Error(text), { name: 'ReplyError' });

it.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", 'full', 'STORE_FULL'],
  ['LOADING Redis is loading the dataset in memory', 'away', 'STORE_UNAVAILABLE'],
  ['BUSY Redis is busy running a script.', 'away', 'STORE_UNAVAILABLE'],
  ['NOSCRIPT No matching script.', 'away', 'STORE_UNAVAILABLE'],
  ['READONLY You can not run script with write flag on readonly replica.', 'away', 'STORE_UNAVAILABLE'],
  ['NOREPLICAS Not enough good replicas to write.', 'away', 'STORE_UNAVAILABLE'],
  ['MISCONF Redis is configured to save RDB snapshots', 'away', 'STORE_UNAVAILABLE'],
  ['MASTERDOWN Link with MASTER is down', 'away', 'STORE_UNAVAILABLE'],
  ['CLUSTERDOWN The cluster is down', 'away', 'STORE_UNAVAILABLE'],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'away', 'STORE_UNAVAILABLE'],
  ['MOVED 866 10.0.0.1:6379', 'away', 'STORE_UNAVAILABLE'],
  ['ASK 866 10.0.0.1:6379', 'away', 'STORE_UNAVAILABLE'],
  ['NOAUTH Authentication required.', 'away', 'STORE_UNAVAILABLE'],
  ['NOPERM this user has no permissions to run the command', 'away', 'STORE_UNAVAILABLE'],
  [
    'WRONGTYPE Operation against a key holding the wrong kind of value script: ab, on @user_script:1.',
    'ours',
    'INTERNAL',
  ],
  ['ERR user_script:12: attempt to index a nil value script: ab, on @user_script:12.', 'ours', 'INTERNAL'],
  ["ERR unknown command 'INVOQ'", 'ours', 'INTERNAL'],
  ["CROSSSLOT Keys in request don't hash to the same slot", 'ours', 'INTERNAL'],
  ['READONLYISH is no code that is known', 'ours', 'INTERNAL'],
  ['ERR', 'ours', 'INTERNAL'],
])('%s: %s, %s', (text, fault, type) => {
  const error = reply(text);
  expect(storeError(error)).toBe(fault);
  expect(storeRefusal(error)).toMatchObject({ type, cause: error });
  // Only what Redis refused before it ran has certainly written nothing.
  expect(isRefused(error)).toBe(fault !== 'ours');
});

it.each([
  new Error('Connection is closed.'),
  new Error('Command timed out'),
  new Error("Stream isn't writeable and enableOfflineQueue options is false"),
  Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  // What a socket says is not what Redis says.
  new Error('WRONGTYPE'),
  undefined,
])('%s: nobody knows', (error) => {
  expect(storeError(error)).toBe('silent');
  expect(isRefused(error)).toBe(false);
  expect(storeRefusal(error, { started: 'unknown' })).toMatchObject({
    type: 'STORE_UNAVAILABLE',
    started: 'unknown',
    retryAfterS: 1,
  });
});

it.each([
  new TypeError("Cannot read properties of undefined (reading 'code')"),
  new RangeError('Invalid time value'),
  new SyntaxError('Unexpected token h in JSON at position 1'),
])('%s: a fault of ours, and Redis is not blamed for it', (error) => {
  expect(storeError(error)).toBe('ours');
  expect(storeRefusal(error, { started: 'unknown' })).toMatchObject({ type: 'INTERNAL', cause: error });
});

it('says of a full Redis that nothing was started, whatever is asked for', () => {
  expect(storeRefusal(reply('OOM no'), { started: 'unknown' }).started).toBe(false);
});

it('leaves a refusal as it is', () => {
  const refusal = new Refusal('QUEUE_FULL');
  expect(storeRefusal(refusal)).toBe(refusal);
});
