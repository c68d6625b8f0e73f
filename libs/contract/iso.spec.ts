import fc from 'fast-check';
import { iso } from './iso';

test('says what Date says, whatever was asked before', () => {
  const times = fc.array(fc.integer({ min: 0, max: 4_102_444_800_000 }), { minLength: 1, maxLength: 5 });
  const near = fc.integer({ min: 0, max: 3_000 });
  fc.assert(
    fc.property(times, near, (list, apart) => {
      for (const ms of list.flatMap((at) => [at, at + apart, at])) expect(iso(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 2_000 },
  );
});
