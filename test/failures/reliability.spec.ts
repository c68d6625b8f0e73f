/** docs/reliability.md points at tests: each of them exists, and each test file of this suite is pointed at. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Its line breaks are those of prose: a name may go on in the next line. */
const page = readFileSync(join(__dirname, '../../docs/reliability.md'), 'utf8').replace(/\s+/g, ' ');

/** Links with the quoted parts of test names that follow them, up to the next link or the end of the cell. */
function claims(): { file: string; name: string }[] {
  return [...page.matchAll(/\]\(\.\.\/test\/failures\/([\w.-]+\.test\.ts)\)((?:\s*(?:·\s*)?"[^"]+")+)/g)].flatMap(
    ([, file, names]) => [...names.matchAll(/"([^"]+)"/g)].map(([, name]) => ({ file, name })),
  );
}

test('it points at tests at all, and every link is followed by the name of one', () => {
  const links = [...page.matchAll(/\]\(\.\.\/test\/failures\//g)];
  expect(links.length).toBeGreaterThan(15);
  expect(claims().length).toBeGreaterThanOrEqual(links.length);
});

test.each(claims().map(({ file, name }) => [file, name]))('%s has the test "%s"', (file, name) => {
  const source = readFileSync(join(__dirname, file), 'utf8');
  const titles = [...source.matchAll(/^\s*(?:test|describe)(?:\.each\([\s\S]*?\))?\(\s*(['"`])([\s\S]*?)\1,/gm)];
  expect(titles.map(([, , title]) => title).filter((title) => title.includes(name))).toHaveLength(1);
});

test('every file of the suite is pointed at', () => {
  const files = readdirSync(__dirname).filter((file) => file.endsWith('.test.ts'));
  const named = new Set(claims().map(({ file }) => file));
  expect(files.filter((file) => !named.has(file))).toEqual([]);
});
