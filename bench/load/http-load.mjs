/** The load generator for everything that speaks HTTP: autocannon, in a process of its own. */
import autocannon from 'autocannon';
import { answering } from '../answering.mjs';
import { sampleOf } from './sample.mjs';

/** s, for one answer. */
const ANSWER_LIMIT_S = 10;
/** However fast a rival is, no slice makes more requests. */
const MAX_REQUESTS = 500_000;
/** What a slice lasts for at least, and how much longer than asked for it may last for that, s. */
const LEAST_CALLS = 10;
const LATE_S = 8;
/** How often autocannon looks whether its time is over, ms. */
const LOOK_MS = 50;

answering(true, async ({ url, requests, callers, seconds, calls = MAX_REQUESTS, expect, status }) => {
  const latencies = [];
  let wrong = 0;
  let from = 0;
  let ended = 0;
  const load = autocannon({
    url,
    requests,
    connections: callers,
    duration: seconds + LATE_S,
    timeout: ANSWER_LIMIT_S,
    maxOverallRequests: calls,
    sampleInt: LOOK_MS,
    verifyBody: (body) => body.includes(expect),
  });
  // The slice is over in time, but not before its first calls are: on a busy machine one may take longer than the slice.
  const closeInTime = () => {
    const now = performance.now();
    if (ended > 0 || now < from + seconds * 1_000 || latencies.length < Math.min(LEAST_CALLS, calls)) return;
    ended = now;
    load.stop();
  };
  load.on('start', () => {
    from = performance.now();
    setTimeout(closeInTime, seconds * 1_000);
  });
  // Its own histogram counts whole milliseconds, too coarse for a call that takes one.
  load.on('response', (_client, code, _bytes, ms) => {
    if (code !== status) wrong++;
    else if (ended === 0) latencies.push(ms);
    closeInTime();
  });
  const result = await load;
  const faults = wrong + result.errors + result.mismatches;
  if (faults > 0 || latencies.length === 0) {
    const { errors, timeouts, mismatches, statusCodeStats } = result;
    throw new Error(`${faults} bad answers: ${JSON.stringify({ errors, timeouts, mismatches, statusCodeStats })}`);
  }
  return sampleOf(latencies, (ended || performance.now()) - from);
});
