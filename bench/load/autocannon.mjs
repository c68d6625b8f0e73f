/** The load generator where wrk cannot be had: autocannon, in a process of its own. It takes a core for itself. */
import autocannon from 'autocannon';
import { answering } from '../answering.mjs';
import { ANSWER_LIMIT_S, LATE_S, LEAST_CALLS, MAX_REQUESTS } from './limits.mjs';
import { sampleOf } from './sample.mjs';

/** How often autocannon looks whether its time is over, ms. */
const LOOK_MS = 50;

answering(true, async ({ url, requests, callers, seconds, calls = MAX_REQUESTS, expect, status }) => {
  const latencies = [];
  const unheard = [];
  const clients = [];
  let wrong = 0;
  let from = 0;
  let ended = 0;
  const load = autocannon({
    url,
    requests,
    connections: callers,
    // A net: the slice ends by itself, and who still waits then has its own limit.
    duration: seconds + LATE_S + ANSWER_LIMIT_S,
    timeout: ANSWER_LIMIT_S,
    maxOverallRequests: calls,
    sampleInt: LOOK_MS,
    verifyBody: (body) => body.includes(expect),
    setupClient: (client) => {
      clients.push(client);
      watch(client, (waitedMs) => unheard.push(waitedMs));
    },
  });
  // The slice is over in time, but not before its first calls are: on a busy machine one may take longer than the slice.
  // Nobody is cut off: each caller hears first what it asked last.
  const closeInTime = () => {
    const now = performance.now();
    const isFew = latencies.length < Math.min(LEAST_CALLS, calls) && now < from + (seconds + LATE_S) * 1_000;
    if (ended > 0 || now < from + seconds * 1_000 || isFew) return;
    ended = now;
    for (const client of clients) client.responseMax = 1;
  };
  load.on('start', () => {
    from = performance.now();
    for (const after of [seconds, seconds + LATE_S]) setTimeout(closeInTime, after * 1_000);
  });
  // Its own histogram counts whole milliseconds, too coarse for a call that takes one.
  load.on('response', (_client, code, _bytes, ms) => {
    if (code !== status) wrong++;
    else if (ended === 0) latencies.push(ms);
    closeInTime();
  });
  const result = await load;
  const faults = wrong + result.mismatches;
  if (faults > 0 || latencies.length + unheard.length === 0) {
    const { errors, timeouts, mismatches, statusCodeStats } = result;
    throw new Error(`${faults} bad answers: ${JSON.stringify({ errors, timeouts, mismatches, statusCodeStats })}`);
  }
  return sampleOf(latencies, (ended || performance.now()) - from, unheard);
});

/**
 * Tells of each call of a caller that never heard: whose connection ended, or that waited too long. Autocannon asks anew then
 * and says nothing, so it is seen by a question that follows another one.
 */
function watch(client, onUnheard) {
  let askedAt;
  const unheard = () => {
    if (askedAt !== undefined) onUnheard(performance.now() - askedAt);
    askedAt = undefined;
  };
  client.on('request', () => {
    unheard();
    askedAt = performance.now();
  });
  client.on('response', () => (askedAt = undefined));
  client.on('done', unheard);
}
