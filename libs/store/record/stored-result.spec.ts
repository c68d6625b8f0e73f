/** What stands in a record for a large result cannot be taken for an envelope, nor an envelope for it. */
import { envelopeJson } from '@invoq/contract/outcome';
import { readRecord, type RecordView, VIEW_FIELDS, withEnvelope } from './record';
import { readStored, wholeEnvelope, writeStored } from './stored-result';
import { writeCallSpec } from './call-spec';

const TERMS = writeCallSpec({
  function: 'f', env: 'default', queue: 'default', lane: 'sync', depth: 0, priority: 0, maxStarts: 1, queueAgeMs: 5_000,
}); // prettier-ignore
const ID = '11111111-2222-4333-8444-555555555555';

it('is read as it was written', () => {
  const stored = { blob: 'jwk9-0123456789_-abcdefghij', bytes: 300_000 };
  expect(readStored(writeStored(stored))).toEqual(stored);
});

it('is no envelope, whatever a function returned', () => {
  for (const result of ['"blob a 1"', 'null', '{"blob":"a"}']) {
    expect(readStored(envelopeJson(ID, { outcome: 'succeeded', result }))).toBeUndefined();
  }
  expect(readStored(envelopeJson(ID, { outcome: 'expired' }))).toBeUndefined();
});

it('gives the bytes that a small result would have given, alone and in the record', () => {
  const small = envelopeJson(ID, { outcome: 'succeeded', result: '[1]' });
  expect(wholeEnvelope(ID, '[1]')).toBe(small);
  const fields = { terms: TERMS, status: 'succeeded', queuedAt: '1', finishedAt: '2', progress: '0.5' };
  const record = (envelope: string): RecordView => {
    const values = new Map<string, string>(Object.entries({ ...fields, envelope }));
    const row = VIEW_FIELDS.map((name) => values.get(name) ?? null);
    return readRecord(ID, row, 3);
  };
  const large = record(writeStored({ blob: 'a-b', bytes: 3 }));
  expect(JSON.parse(large.json)).not.toHaveProperty('result');
  expect(withEnvelope(large, wholeEnvelope(ID, '[1]')).json).toBe(record(small).json);
});
