/** What wrk is given and what it prints, as text. */

/** One whole HTTP request, as it goes over the wire. @param {string} url of the server */
export function rawRequest(url, { method, path, headers = {}, body }) {
  const all = { host: new URL(url).host, ...headers };
  if (body !== undefined) all['content-length'] = Buffer.byteLength(body);
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, '', body ?? ''].join('\r\n');
}

/**
 * The sample of a slice, from what `wrk.lua` printed when it was done.
 * @param {string} printed
 * @throws when an answer was wrong, or nobody asked anything
 */
export function sampleFrom(printed) {
  const line = /^sample: (.+)$/m.exec(printed)?.[1];
  if (line === undefined) throw new Error(`wrk printed no sample:\n${printed.trim()}`);
  const of = Object.fromEntries(line.split(' ').map((pair) => pair.split('=')));
  const { sent, answered, calls, wrong, ms, p10, p50, p99 } = mapped(of, Number);
  if (wrong > 0) throw new Error(`${wrong} bad answers: ${/^wrong: (.*)$/m.exec(printed)?.[1]}`);
  if (sent === 0) throw new Error(`wrk sent nothing:\n${printed.trim()}`);
  return { calls, errors: sent - answered, ms, perSecond: ms > 0 ? calls / (ms / 1_000) : 0, p10, p50, p99 };
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
