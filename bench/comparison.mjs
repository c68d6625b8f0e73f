/** What stands first in docs/performance.md: all rivals in one plot, and in words who is slower than whom. */
import { bars } from './bars.mjs';

const LONE = 'sync-1';
const MANY = 'sync-64';
const WIDTH = 100;
/** Nearer than this part counts as the same. */
const SAME = 0.05;

/** Has this run what it takes? @param {object[]} rows of `summarize` */
export function canCompare(rows) {
  return [LONE, MANY].every((measure) => rows.some((row) => row.measure === measure && row.rival === 'ours'));
}

/**
 * @param {object[]} rows of `summarize` @param {{ name: string, label: string, isOurs?: boolean, isFloor?: boolean }[]} rivals
 * @returns {string} an SVG
 */
export function comparisonPlot(rows, rivals) {
  const order = ranked(rows, MANY, 'perSecond', true).map(({ rival }) => rival);
  const block = (measure, name) => {
    const of = rows.filter((row) => row.measure === measure);
    const sorted = of.toSorted((a, b) => order.indexOf(a.rival) - order.indexOf(b.rival));
    return {
      name,
      columns: [
        { name: 'calls a second (longer is better)', digits: 0 },
        { name: 'median time of a call, ms (shorter is better)', digits: 2 },
      ],
      rows: sorted.map(({ rival, perSecond, p50 }) => ({
        ...styleOf(rival, rivals),
        values: [perSecond.median, p50.median],
      })),
    };
  };
  return bars({
    title: 'A call of a function that adds two numbers',
    key: 'Blue: Invoq. Grey: what people use instead. Pale: floors, which leave out what nobody can do without.',
    blocks: [block(LONE, '1 caller'), block(MANY, '64 callers')],
  });
}

function styleOf(name, rivals) {
  const { label, isOurs, isFloor } = rivals.find((rival) => rival.name === name);
  return { label, tone: isOurs ? 'main' : isFloor ? 'faint' : 'other' };
}

/**
 * The same in plain English, all of it from the figures.
 * @param {string} [where] the last sentence: how it was measured
 * @returns {string} paragraphs of Markdown
 */
export function comparisonWords(rows, rivals, where = '') {
  const [many, lone] = [MANY, LONE].map((measure) =>
    rows.find((row) => row.measure === measure && row.rival === 'ours'),
  );
  const list = (measure, field, isMoreBetter) => sided(rows, measure, field, isMoreBetter, rivals);
  const paragraphs = [
    [
      `With 64 callers Invoq completes ${count(many.perSecond.median)} calls a second; × is the calls a second of another, divided by those.`,
      ...list(MANY, 'perSecond', true),
      ...lost(rows, rivals),
    ],
    [
      `A lone caller waits ${lone.p50.median.toFixed(2)} ms for Invoq (median); × is the wait for another, divided by that.`,
      ...list(LONE, 'p50', false),
    ],
    ['What is faster than Invoq does less: the list below says what each one leaves out.', where],
  ];
  return paragraphs.map((sentences) => wrapped(sentences.join(' ').trim())).join('\n\n');
}

/** Who is fast because it drops calls is named for it. */
function lost(rows, rivals) {
  return rows
    .filter(({ measure, errors }) => measure === MANY && errors > 0)
    .map(({ rival, errors }) => `${styleOf(rival, rivals).label} never answered ${count(errors)} of its callers.`);
}

/** Up to four sentences: who is faster, who is as fast, who is slower, and the floors; each with its factor to ours. */
function sided(rows, measure, field, isMoreBetter, rivals) {
  const labels = new Map(rivals.map(({ name, label }) => [name, label]));
  const floors = new Set(rivals.filter(({ isFloor }) => isFloor).map(({ name }) => name));
  const own = rows.find((row) => row.measure === measure && row.rival === 'ours')[field].median;
  const all = ranked(rows, measure, field, isMoreBetter).filter(({ rival }) => rival !== 'ours');
  const others = all.filter(({ rival }) => !floors.has(rival));
  const factor = (row) => row[field].median / own;
  const isBetter = (row) => (isMoreBetter ? factor(row) > 1 + SAME : factor(row) < 1 - SAME);
  const isWorse = (row) => (isMoreBetter ? factor(row) < 1 - SAME : factor(row) > 1 + SAME);
  const said = (start, some) =>
    some.length === 0
      ? []
      : [`${start}: ${some.map((row) => `${labels.get(row.rival)} (${factor(row).toFixed(2)} ×)`).join(', ')}.`];
  return [
    ...said('Faster', others.filter(isBetter)),
    ...said(
      'About the same',
      others.filter((row) => !isBetter(row) && !isWorse(row)),
    ),
    ...said('Slower', others.filter(isWorse)),
    ...said(
      'Floors',
      all.filter(({ rival }) => floors.has(rival)),
    ),
  ];
}

/** The best first. */
function ranked(rows, measure, field, isMoreBetter) {
  const of = rows.filter((row) => row.measure === measure);
  return of.toSorted((a, b) => (a[field].median - b[field].median) * (isMoreBetter ? -1 : 1));
}

/** Lines of the width that the pages have. */
function wrapped(text) {
  return text.replaceAll(new RegExp(`(.{1,${WIDTH}})(?: |$)`, 'g'), '$1\n').trimEnd();
}

function count(value) {
  return Math.round(value).toLocaleString('en');
}
