/** The plot of all rivals and the words under it say what the figures say. */
import { expect, test } from '@jest/globals';
import { canCompare, comparisonPlot, comparisonWords } from './comparison.mjs';

const RIVALS = [
  { name: 'ours', label: 'Invoq', isOurs: true },
  { name: 'diy', label: 'Fastify + BullMQ' },
  { name: 'restate', label: 'Restate' },
  { name: 'lab', label: 'lab & co', isFloor: true },
];
const row = (measure, rival, perSecond, p50, errors = 0) => ({
  measure,
  rival,
  errors,
  perSecond: { median: perSecond },
  p50: { median: p50 },
});
const ROWS = [
  row('sync-1', 'ours', 1_000, 1),
  row('sync-1', 'diy', 1_010, 0.98),
  row('sync-1', 'restate', 250, 4),
  row('sync-1', 'lab', 2_000, 0.5),
  row('sync-64', 'ours', 4_000, 16),
  row('sync-64', 'diy', 5_000, 12),
  row('sync-64', 'restate', 1_000, 60),
  row('sync-64', 'lab', 8_000, 8),
];

test('who is faster, about as fast and slower is said with the factor to Invoq, the best first', () => {
  const words = comparisonWords(ROWS, RIVALS).replaceAll('\n', ' ');
  expect(words).toContain('With 64 callers Invoq completes 4,000 calls a second;');
  expect(words).toContain('Faster: Fastify + BullMQ (1.25 ×). Slower: Restate (0.25 ×). Floors: lab & co (2.00 ×).');
  expect(words).toContain('A lone caller waits 1.00 ms');
  expect(words).toContain(
    'About the same: Fastify + BullMQ (0.98 ×). Slower: Restate (4.00 ×). Floors: lab & co (0.50 ×).',
  );
});

test('who never answered callers is named', () => {
  const rows = ROWS.map((each) =>
    each.measure === 'sync-64' && each.rival === 'restate' ? { ...each, errors: 1_200 } : each,
  );
  expect(comparisonWords(rows, RIVALS)).toContain('Restate never answered 1,200 of its callers.');
  expect(comparisonWords(ROWS, RIVALS)).not.toContain('never answered');
});

test('no line of the words is wider than the page', () => {
  const lines = comparisonWords(ROWS, RIVALS, 'One run on one machine.').split('\n');
  expect(lines.length).toBeGreaterThan(3);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(lines.join(' ')).toMatch(/leaves out\. One run on one machine\.$/);
});

test('the plot names each rival at each load, in the same order, and marks Invoq', () => {
  const plot = comparisonPlot(ROWS, RIVALS);
  const names = [...plot.matchAll(/text-anchor="end"[^>]*>([^<]+)</g)].map(([, name]) => name);
  const order = ['lab &amp; co', 'Fastify + BullMQ', 'Invoq', 'Restate'];
  expect(names).toEqual([...order, ...order]);
  expect(plot.match(/<rect [^>]*fill="#2563eb"/g)).toHaveLength(4);
});

test('a run without one of the two loads is not compared', () => {
  expect(canCompare(ROWS)).toBe(true);
  expect(canCompare(ROWS.filter(({ measure }) => measure === 'sync-1'))).toBe(false);
});
