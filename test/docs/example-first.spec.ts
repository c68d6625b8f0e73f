/** A page shows an example before its first table: a reader who has seen one knows what the rows are about. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allPages } from './pages';

const ROOT = join(__dirname, '..', '..');
/** Pages that are tables, with the reason. */
const TABLES = new Map([
  ['docs/README.md', 'the list of pages'],
  ['docs/glossary.md', 'a list of words'],
]);
const pages = allPages().filter((page) => !page.startsWith('docs/decisions/') && !TABLES.has(page));

test.each(pages)('%s', (page) => {
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
  const table = lines.findIndex((line) => line.startsWith('|'));
  const example = lines.findIndex((line) => line.startsWith('```'));
  if (table >= 0) expect({ page, example, isFirst: example >= 0 && example < table }).toMatchObject({ isFirst: true });
});
