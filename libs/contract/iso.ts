/** Times as callers and logs have them, ISO 8601 in UTC. Those of one record mostly lie in one second, which is written once. */

let second = NaN;
let upToSecond = '';

/** `ms` since the epoch. */
export function iso(ms: number): string {
  const whole = Math.floor(ms / 1_000);
  if (whole !== second) {
    const text = new Date(whole * 1_000).toISOString();
    upToSecond = text.slice(0, -'000Z'.length);
    second = whole;
  }
  return `${upToSecond}${String(Math.floor(ms - whole * 1_000)).padStart(3, '0')}Z`;
}
