/** Every relative link of README and docs leads to a file that is there, and every #anchor to a heading of its page. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isOutside } from './out-of-step';
import { anchorOf, readPage } from './page';
import { allPages } from './pages';

const ROOT = join(__dirname, '..', '..');

test.each(allPages())('every link of %s leads somewhere', (page) => {
  const dead = readPage(join(ROOT, page)).flatMap(({ heading, links }) =>
    links.filter((link) => !isOutside(link) && !leads(page, link)).map((link) => `"${heading}": ${link} leads nowhere`),
  );
  expect(dead).toEqual([]);
});

function leads(from: string, link: string): boolean {
  const [file, anchor] = link.split('#');
  const target = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, target))) return false;
  if (anchor === undefined || !target.endsWith('.md')) return true;
  return readPage(join(ROOT, target)).some(({ heading }) => anchorOf(heading) === decodeURIComponent(anchor));
}
