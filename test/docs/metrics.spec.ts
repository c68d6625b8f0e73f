/** docs/monitoring.md shows every metric that there is, as it is, and no other. */
import { METRICS } from '@invoq/host/metric-table';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/monitoring.md'), 'utf8');

const shown = page.split('\n').filter((line) => line.startsWith('| `invoq_'));
const there = Object.entries(METRICS).map(([name, { type, by, labels, help }]) => {
  const names = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${by.join(', ')} | ${names || '–'} | ${help} |`;
});

test('the table has a row for each metric, in their order', () => expect(shown).toEqual(there));
