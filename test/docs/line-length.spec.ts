/**
 * Prose in English is wrapped at 100 columns. Tables, code and addresses cannot be wrapped; Chinese is not, since a line
 * break between two characters is drawn as a space.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const LIMIT = 100;

const NOT_OURS = /(^|\/)(node_modules|dist|\.[^/]+)(\/|$)/;

const pages = ['.', 'docs', 'examples', 'test', 'bench', 'deploy']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((page) => page.endsWith('.md') && !NOT_OURS.test(page) && !page.includes('zh-CN'));

/** Lines of prose that go on behind the limit where they could be broken. */
function tooLong(text: string): string[] {
  let inCode = false;
  return text.split('\n').filter((line) => {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode;
    if (inCode || /^\s*(\||<|#|\[[^\]]+\]:|```)/.test(line) || line.length <= LIMIT) return false;
    const breakable = line.trim().replace(/`[^`]*`|\[[^\]]*\]\([^)]*\)/g, (piece) => piece.replaceAll(' ', '_'));
    return breakable.slice(0, LIMIT).includes(' ') && breakable.lastIndexOf(' ', LIMIT) > 4;
  });
}

it('there are pages to look at', () => expect(pages).toContain('README.md'));

it.each(pages)('%s', (page) => {
  expect(tooLong(readFileSync(join(root, page), 'utf8'))).toEqual([]);
});

it('finds a long line, and lets tables, code and addresses be', () => {
  const long = 'word '.repeat(30);
  expect(tooLong(`${long}\n| ${long} |\n\`\`\`\n${long}\n\`\`\`\n[a](https://${'x'.repeat(120)})\n`)).toEqual([long]);
});
