import type { Envelope } from './envelope';
import { codeOf, type Ending, envelopeJson } from './outcome';

const ID = '2f259605-b188-46da-beda-9313efb00e2f';

const ENDINGS: [Ending, Partial<Envelope>][] = [
  [
    { outcome: 'succeeded', result: '{"a":[1,2]}' },
    { code: 0, data: { a: [1, 2] }, error: {} },
  ],
  [
    { outcome: 'failed', type: 'FUNCTION_ERROR', message: 'boom', name: 'TypeError', stack: 'at x' },
    { code: 1, data: null, error: { type: 'FUNCTION_ERROR', message: 'boom', name: 'TypeError', stack: 'at x' } },
  ],
  [
    { outcome: 'failed', type: 'BAD_RESULT', message: 'circular' },
    { code: 5, error: { type: 'BAD_RESULT', message: 'circular' } },
  ],
  [
    { outcome: 'timedOut', limitMs: 50 },
    { code: 2, error: expect.objectContaining({ type: 'FUNCTION_TIMEOUT' }) },
  ],
  [
    { outcome: 'crashed', type: 'FUNCTION_CRASHED', message: 'exit', exitCode: 7 },
    { code: 3, error: { type: 'FUNCTION_CRASHED', message: 'exit', exitCode: 7 } },
  ],
  [{ outcome: 'crashed', type: 'MEMORY_LIMIT', message: 'over' }, { code: 4 }],
  [
    { outcome: 'cancelled', started: true },
    { code: 409, error: expect.objectContaining({ retryable: false, started: true }) },
  ],
  [{ outcome: 'expired' }, { code: 504, error: expect.objectContaining({ retryable: true, started: false }) }],
  [
    { outcome: 'lost', message: 'gone' },
    { code: 502, error: { type: 'WORKER_LOST', message: 'gone', retryable: true, started: true } },
  ],
];

it.each(ENDINGS)('%j is answered with its row of the table', (ending, envelope) => {
  const answered = JSON.parse(envelopeJson(ID, ending)) as Envelope;
  expect(answered).toMatchObject(envelope);
  expect(Object.keys(answered)).toEqual(['code', 'data', 'error', 'requestID']);
  expect(answered.requestID).toBe(ID);
  expect(codeOf(ending)).toBe(answered.code);
});
