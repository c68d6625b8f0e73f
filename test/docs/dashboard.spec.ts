/** deploy/grafana/invoq.json is as deploy/grafana/*.ts make it, and a Grafana of anybody can show it. INVOQ_UPDATE=1 writes it. */
import { defaultDashboard, type GridPos } from '@grafana/schema';
import { readFileSync, writeFileSync } from 'node:fs';
import { dashboard } from '../../deploy/grafana/dashboard';
import { unknownIn } from '../monitoring/alert-rules';
import { asked, DASHBOARD, panelsOf, shippedDashboard } from '../monitoring/shipped-dashboard';

const made = `${JSON.stringify(dashboard(), undefined, 2)}\n`;
if (process.env.INVOQ_UPDATE) writeFileSync(DASHBOARD, made);
const shipped = shippedDashboard();
const panels = panelsOf(shipped);
const questions = asked(shipped);
const variables = shipped.templating!.list!;

test('the file is as it is made', () => expect(readFileSync(DASHBOARD, 'utf8')).toBe(made));

test('it has an address of its own and the model of the Grafana whose schema we use', () => {
  expect(shipped).toMatchObject({ uid: 'invoq', schemaVersion: defaultDashboard.schemaVersion });
  expect(shipped.id).toBeUndefined();
});

test('the reader chooses the data source: none is written into it', () => {
  const uids = [...made.matchAll(/"uid": "([^"]*)"/g)].map(([, uid]) => uid);
  expect([...new Set(uids)].sort()).toEqual(['${datasource}', 'invoq']);
  expect(
    panels.filter(({ datasource, targets }) => !datasource || !targets!.every((target) => target.datasource)),
  ).toEqual([]);
});

test('each variable is used, and each one that is used is there', () => {
  const used = [...made.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name).filter((name) => !name.startsWith('__'));
  expect([...new Set(used)].sort()).toEqual(variables.map(({ name }) => name).sort());
});

test('panels have names and places of their own', () => {
  const all = shipped.panels!;
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  const cells = all.flatMap(({ gridPos }) => cellsOf(gridPos!));
  expect(new Set(cells).size).toBe(cells.length);
  expect(all.filter(({ gridPos }) => gridPos!.x + gridPos!.w > 24)).toEqual([]);
});

test.each(questions)('$panel $legend reads metrics that are there', ({ expr }) => expect(unknownIn(expr)).toEqual([]));

test('what a reader may choose is read from metrics that are there', () => {
  const queries = variables
    .filter(({ type }) => type === 'query')
    .map(({ query }) => (query as { query: string }).query);
  expect(queries).toHaveLength(3);
  expect(queries.flatMap(unknownIn)).toEqual([]);
});

test.each(questions.filter(({ legend }) => legend.includes('{{')))(
  '$panel: the legend has labels of its series',
  (one) => {
    const labels = [...one.legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    const kept = /by \(([^)]*)\)/.exec(one.expr)?.[1].split(', ') ?? ['app', 'instance'];
    expect(labels.filter((label) => !kept.includes(label))).toEqual([]);
  },
);

function cellsOf({ x, y, w, h }: GridPos): string[] {
  return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
}
