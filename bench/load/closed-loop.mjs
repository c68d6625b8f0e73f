/** As many callers as asked for, each with its next call when the last one is answered; as autocannon does over HTTP. */
import { sampleOf } from './sample.mjs';

/** No caller waits longer for one answer, ms. */
const ANSWER_LIMIT_MS = 10_000;

/** @param {(caller: number) => Promise<void>} call rejects when the answer is wrong */
export async function closedLoop(call, { callers, seconds }) {
  const latencies = [];
  const unheard = [];
  const from = performance.now();
  const end = from + seconds * 1_000;
  let ended = from;
  const loop = async (caller) => {
    for (let began = from; began < end;) {
      const heard = await within(call(caller), ANSWER_LIMIT_MS);
      const now = performance.now();
      if (!heard) unheard.push(now - began);
      else if (now <= end) latencies.push(now - began);
      ended = Math.min(end, Math.max(ended, now));
      began = now;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  return sampleOf(latencies, ended - from, unheard);
}

/** Did it answer in time? */
async function within(call, ms) {
  let timer;
  const late = new Promise((done) => (timer = setTimeout(() => done(false), ms)));
  try {
    return await Promise.race([call.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
