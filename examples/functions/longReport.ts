// A long job in TypeScript: a minute of resampling the sample orders, then a report file. Send it with "sync": false.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
// Types only, and so nothing that has to be installed to run it: docs/functions.md says where they come from.
import type { Handler } from 'invoq-types';
import { type Order, readOrders } from './_orders';

interface Event {
  /** How long to work, s. */
  seconds?: number;
}

interface Line {
  country: string;
  orders: number;
  revenue: number;
  /** 95 % confidence interval of the mean order, by bootstrap. */
  low: number;
  high: number;
}

const ORDERS = path.join(__dirname, '_data/orders.csv');
const MAX_SECONDS = 3_600;
/** Work and rest of one round: long, yet a machine that runs several of these stays usable. */
const ROUND_MS = 100;
const SAMPLES_A_ROUND = 20;

export const main: Handler<Event> = async ({ seconds = 60 }, context) => {
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) throw new RangeError(`seconds must be above 0, ${MAX_SECONDS} at most`);
  const byCountry = new Map<string, number[]>();
  const orders = await readOrders(ORDERS);
  for (const { country, revenue } of orders) {
    const revenues = byCountry.get(country) ?? [];
    byCountry.set(country, revenues);
    revenues.push(revenue);
  }

  const means = new Map([...byCountry.keys()].map((country) => [country, [] as number[]]));
  const started = performance.now();
  for (let done = 0; done < 1; done = Math.min((performance.now() - started) / (seconds * 1_000), 1)) {
    context.progress(Math.round(done * 1_000) / 1_000);
    for (const [country, revenues] of byCountry) {
      for (let sample = 0; sample < SAMPLES_A_ROUND; sample++) means.get(country)?.push(resampledMean(revenues));
    }
    // Ends at once, with an error, when the call is cancelled.
    await sleep(Math.min(ROUND_MS, seconds * 1_000), undefined, { signal: context.signal });
  }

  const lines = [...byCountry].map(([country, revenues]) => summarize(country, revenues, means.get(country) ?? []));
  const text = render(
    orders,
    lines.sort((a, b) => b.revenue - a.revenue),
  );
  const folder = path.join(tmpdir(), 'invoq-reports');
  const file = path.join(folder, `${context.requestID}.md`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, text);
  context.progress(1);
  return {
    file,
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    samples: means.values().next().value?.length ?? 0,
    attempt: context.attempt,
    countries: lines,
  };
};

function resampledMean(values: number[]): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[Math.floor(Math.random() * values.length)];
  return sum / values.length;
}

function summarize(country: string, revenues: number[], means: number[]): Line {
  means.sort((a, b) => a - b);
  const at = (share: number): number => round(means[Math.min(Math.floor(means.length * share), means.length - 1)]);
  const revenue = round(revenues.reduce((sum, value) => sum + value, 0));
  return { country, orders: revenues.length, revenue, low: at(0.025), high: at(0.975) };
}

function render(orders: Order[], lines: Line[]): string {
  const dates = orders.map(({ date }) => date).sort();
  const rows = lines.map(({ country, ...line }) => {
    return `| ${country} | ${line.orders} | ${line.revenue.toFixed(2)} | ${line.low.toFixed(2)} to ${line.high.toFixed(2)} |`;
  });
  return [
    `# Orders, ${dates[0]} to ${dates.at(-1)}`,
    '',
    '| country | orders | revenue | mean order (95 %) |',
    '|---|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
