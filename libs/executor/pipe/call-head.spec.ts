/** What a worker says of a call is what the process of a function reads, and no more of it is read than is asked for. */
import { ReceivedHead, writeCallHead } from './call-head';
import type { CallHead, ProgramHead } from './messages';

const HEAD: CallHead = {
  requestID: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  attempt: 3,
  deadline: 1_790_000_000_123,
  limitMs: 4_500,
  maxLogBytes: 65_536,
  maxResultBytes: 1_048_576,
  environment: { TRACEPARENT: '00-a-b-01', LINES: 'two\nlines', SPACED: 'a b' },
  origin: { eventType: 'http', userAgent: 'a "user" of\nsome kind' },
};

const arrived = (head: CallHead, token?: number) => new ReceivedHead(writeCallHead(head, token));

test('a head arrives as it was written', () => {
  const { environment, origin, ...words } = HEAD;
  const head = arrived(HEAD);
  expect(head).toMatchObject({ ...words, program: undefined, loadOnly: undefined, token: undefined });
  expect(head.environment).toEqual(environment);
  expect(head.origin).toEqual(origin);
});

test('a token, a program and a call that only loads arrive as well', () => {
  const program: ProgramHead = {
    ...{ name: 'f', env: 'e', contract: 'minapp', memoryMb: 128, file: '/f', format: 'cjs' },
    environment: {},
  };
  const head = arrived({ ...HEAD, program, loadOnly: true }, 7);
  expect(head).toMatchObject({ program, loadOnly: true, token: 7, requestID: HEAD.requestID });
  expect(arrived(HEAD, 0).token).toBe(0);
});

test('an empty request id and a limit that is no whole number stay what they are', () => {
  expect(arrived({ ...HEAD, requestID: '', limitMs: 0.5 })).toMatchObject({ requestID: '', limitMs: 0.5 });
});

test('a variable is found by its whole name', () => {
  const head = arrived(HEAD);
  expect(['TRACEPARENT', 'TRACE', 'two', 'NONE'].map((name) => head.variable(name))).toEqual(['00-a-b-01', undefined, undefined, undefined]); // prettier-ignore
});

test('what every object has is no variable', () => {
  expect(arrived({ ...HEAD, environment: { A: 'constructor' } }).variable('constructor')).toBeUndefined();
});

test('a user is one whom the caller has named, not a text that looks like one', () => {
  expect(arrived(HEAD).user).toBeUndefined();
  expect(arrived({ ...HEAD, origin: { eventType: 'http', user: {} } }).user).toEqual({});
});

test('each call has the origin of its own, whoever called before', () => {
  const origins = [{ eventType: 'a' }, { eventType: 'b' }, { eventType: 'b' }, { eventType: 'a' }];
  expect(origins.map((origin) => arrived({ ...HEAD, origin }).origin)).toEqual(origins);
});
