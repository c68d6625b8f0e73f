/**
 * Times as counts in buckets whose limits grow by a tenth each. However many times are counted, they take a few numbers, two
 * histograms are added by adding their counts, and a percentile is off by at most 5 %.
 */

/** Bucket to how many times are in it. Bucket 0 holds 0 ms. */
export type Histogram = Record<number, number>;

const GROWTH = 1.1;
/** A percentile lies at most so far from the true time, as a share of it. */
export const MAX_ERROR = 0.05;
/** What is longer is counted as if it took this long, ms: 100 days. */
const LONGEST_MS = 100 * 86_400_000;
const LOG_GROWTH = Math.log(GROWTH);

/** Bucket n > 0 holds the whole numbers of ms from GROWTH ** (n - 1) on, and below GROWTH ** n. */
export function bucketOf(ms: number): number {
  const whole = Math.round(Math.min(ms, LONGEST_MS));
  return whole < 1 ? 0 : bucketOfWhole(whole);
}

function bucketOfWhole(whole: number): number {
  const guess = Math.floor(Math.log(whole) / LOG_GROWTH) + 1;
  // Logarithms are not exact: at a limit the guess may be one off.
  if (whole < lowest(guess)) return guess - 1;
  return whole > highest(guess) ? guess + 1 : guess;
}

function lowest(bucket: number): number {
  return Math.ceil(GROWTH ** (bucket - 1));
}

function highest(bucket: number): number {
  return Math.ceil(GROWTH ** bucket) - 1;
}

/** The time that stands for a bucket, ms: as far from the shortest in it as from the longest, as a share of each. */
export function timeOf(bucket: number): number {
  if (bucket <= 0) return 0;
  const [low, high] = [lowest(bucket), highest(bucket)];
  const middle = (2 * low * high) / (low + high);
  return middle < 1_000 ? Math.round(middle * 10) / 10 : Math.round(middle);
}

export function countIn(histogram: Histogram, ms: number): void {
  const bucket = bucketOf(ms);
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

/** The shortest of the times that at least `share` of all times do not exceed, ms; undefined: there is none. */
export function percentile(histogram: Histogram, share: number): number | undefined {
  const buckets = Object.keys(histogram)
    .map(Number)
    .sort((a, b) => a - b);
  const count = buckets.reduce((sum, bucket) => sum + histogram[bucket], 0);
  let left = Math.ceil(share * count);
  for (const bucket of buckets) {
    left -= histogram[bucket];
    if (left <= 0) return timeOf(bucket);
  }
  return undefined;
}
