/** As many callers as asked for, each with its next call when the last one is answered; as autocannon does over HTTP. */
import { sampleOf } from './sample.mjs';

/** @param {(caller: number) => Promise<void>} call rejects when the answer is wrong */
export async function closedLoop(call, { callers, seconds }) {
  const latencies = [];
  const from = performance.now();
  const end = from + seconds * 1_000;
  let ended = from;
  const loop = async (caller) => {
    for (let began = from; began < end;) {
      await call(caller);
      const now = performance.now();
      if (now <= end) latencies.push(now - began);
      ended = Math.min(end, Math.max(ended, now));
      began = now;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  return sampleOf(latencies, ended - from);
}
