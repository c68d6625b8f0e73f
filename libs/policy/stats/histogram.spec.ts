import { bucketOf, countIn, type Histogram, MAX_ERROR, percentile, timeOf } from './histogram';

it('the time that stands for a bucket is within the stated error of each time in it', () => {
  let worst = 0;
  for (let ms = 1; ms < 100 * 86_400_000; ms = Math.max(ms + 1, Math.floor(ms * 1.0007))) {
    worst = Math.max(worst, Math.abs(timeOf(bucketOf(ms)) - ms) / ms);
  }
  expect(worst).toBeLessThan(MAX_ERROR);
  expect(worst).toBeGreaterThan(0.04);
});

it('a longer time is never in a bucket before that of a shorter one, and short times have buckets of their own', () => {
  const buckets = Array.from({ length: 200_000 }, (_, ms) => bucketOf(ms));
  expect(buckets.filter((bucket, ms) => bucket < (buckets[ms - 1] ?? 0))).toEqual([]);
  for (let ms = 0; ms <= 10; ms++) expect(timeOf(bucketOf(ms))).toBe(ms);
});

it('limits of buckets are what they are said to be, for all of them', () => {
  for (let bucket = 26; bucket < 230; bucket++) {
    const first = Math.ceil(1.1 ** (bucket - 1));
    expect([bucketOf(first), bucketOf(first - 1)]).toEqual([bucket, bucket - 1]);
  }
});

it('fractions are rounded, and what is no time is 0', () => {
  expect([0.4, -3, 1.6].map((ms) => timeOf(bucketOf(ms)))).toEqual([0, 0, 2]);
  expect(bucketOf(1e15)).toBe(bucketOf(100 * 86_400_000));
});

it.each([0.5, 0.9, 0.99, 1])('percentile %p of any times is within the stated error', (share) => {
  const times = Array.from({ length: 5_000 }, (_, i) => Math.round(1.003 ** (i % 4_700)) + (i % 7));
  const histogram: Histogram = {};
  for (const ms of times) countIn(histogram, ms);
  const exact = times.sort((a, b) => a - b)[Math.ceil(share * times.length) - 1];
  expect(Math.abs(percentile(histogram, share)! - exact) / exact).toBeLessThan(MAX_ERROR);
});

it('one time is every percentile, and none is none', () => {
  const histogram: Histogram = {};
  expect(percentile(histogram, 0.5)).toBeUndefined();
  countIn(histogram, 7);
  expect([0.5, 0.9, 0.99].map((share) => percentile(histogram, share))).toEqual([7, 7, 7]);
});
