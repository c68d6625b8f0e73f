/** Each alert has a paragraph in docs/operations.md that says what to do, and there is no paragraph without its alert. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Alert, alerts, RULE_TESTS, testedAlerts, unknownIn } from '../monitoring/alert-rules';
import { anchorOf, type Section, sectionsOf } from './page';

const PAGE = 'docs/operations.md';
const page = readFileSync(join(__dirname, '../..', PAGE), 'utf8');

const all = alerts();
const each = all.map((alert) => [alert.alert, alert] as const);
const paragraphs = ofAlerts(sectionsOf(page));

test('the paragraphs are those of the alerts, in their order', () => {
  expect(paragraphs.map(({ heading }) => heading)).toEqual(all.map(({ alert }) => alert));
});

test.each(each)('%s says how urgent it is, what is wrong, and where to read what to do', (name, alert: Alert) => {
  expect(Object.keys(alert.labels)).toEqual(['severity']);
  expect(['page', 'ticket']).toContain(alert.labels.severity);
  expect(Object.keys(alert.annotations)).toEqual(['summary', 'description', 'runbook']);
  expect(alert.annotations.runbook).toBe(`${PAGE}#${anchorOf(name)}`);
});

test.each(each)('the paragraph of %s has a command to look with, a page of the console, and what to do', (name) => {
  const { blocks, items, rows } = paragraphs.find(({ heading }) => heading === name)!;
  expect(blocks.filter(({ language }) => language === 'sh')).toHaveLength(1);
  expect(items + rows).toBeGreaterThan(1);
  const text = page.slice(page.indexOf(`### ${name}\n`)).split(/^#{2,3} /m)[1];
  expect(text).toMatch(/^In the console: \*\*\w+\*\*/m);
});

test.each(each)('%s reads metrics that are there', (_, { expr }) => expect(unknownIn(expr)).toEqual([]));

test.each(each)(`%s is seen silent and raised by ${RULE_TESTS.split('/').at(-1)}`, (name) => {
  const { silent, raised } = testedAlerts();
  expect([silent.has(name), raised.has(name)]).toEqual([true, true]);
});

test('a metric or label that is not there is found', () => {
  const expr =
    'sum(invoq_waiter) / invoq_slots{place="a"} + invoq_run_seconds + rate(invoq_run_seconds_bucket{le="1"}[1m])';
  expect(unknownIn(expr)).toEqual(['invoq_waiter', 'invoq_slots{place}', 'invoq_run_seconds']);
});

/** Those below the heading "Alerts". */
function ofAlerts(sections: Section[]): Section[] {
  const from = sections.findIndex(({ heading }) => heading === 'Alerts');
  const to = sections.findIndex(({ level }, at) => at > from && level <= 2);
  return sections.slice(from + 1, to);
}
