import { callQuery } from './find';

const at = (time: string): number => Date.parse(time);

test.each([
  ['a date as the end includes the whole day', { until: '2026-11-26' }, { to: at('2026-11-26T23:59:59.999Z') }],
  ['a date as the beginning is its first moment', { since: '2026-11-26' }, { from: at('2026-11-26T00:00:00Z') }],
  ['a time is that moment', { until: '2026-11-26T10:00:00Z' }, { to: at('2026-11-26T10:00:00Z') }],
  ['in its own zone', { since: '2026-11-26T01:00:00+08:00' }, { from: at('2026-11-25T17:00:00Z') }],
  ['nothing said is no bound', {}, { from: undefined, to: undefined }],
])('%s', (_, query, expected) => expect(callQuery(query)).toMatchObject(expected));

test('one date as both ends is that day', () => {
  const { from, to } = callQuery({ since: '2024-02-29', until: '2024-02-29' });
  expect(to! - from! + 1).toBe(86_400_000);
});

test.each(['2026-02-30', '2026-02-29', '2026-13-01', '2026-02-30T10:00:00Z', '2026-02-01T25:00:00Z'])(
  '%s is no time that there is',
  (text) => {
    for (const field of ['since', 'until']) {
      const fields = [{ field, rule: 'must be a time that there is' }];
      expect(() => callQuery({ [field]: text })).toThrow(expect.objectContaining({ fields }));
    }
  },
);
