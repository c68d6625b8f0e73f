/** The Chinese pages are in step with the English ones: the same headings, code, lists, tables and links under each. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inEnglish, outOfStep, type Page } from './out-of-step';
import { readPage, sectionsOf } from './page';

const ROOT = join(__dirname, '..', '..');
const CHINESE = [
  'README.zh-CN.md',
  ...readdirSync(join(ROOT, 'docs/zh-CN')).map((name) => `docs/zh-CN/${name}`),
].sort();

function page(path: string): Page {
  return { path, sections: readPage(join(ROOT, path)) };
}

test('README, getting-started, functions and migrating are there in Chinese', () => {
  for (const name of ['functions', 'getting-started', 'migrating']) expect(CHINESE).toContain(`docs/zh-CN/${name}.md`);
});

test.each(CHINESE)('%s is in step with its English page', (path) => {
  expect(outOfStep(page(inEnglish(path)), page(path))).toEqual([]);
});

test.each(CHINESE)('%s and its English page link to each other', (path) => {
  const links = (from: string): string[] =>
    page(from).sections.flatMap((section) => section.links.map((link) => join(dirname(from), link)));
  expect(links(path)).toContain(inEnglish(path));
  expect(links(inEnglish(path))).toContain(path);
});

describe('what is out of step is named with its page and heading', () => {
  const ENGLISH = '# Add\n\nSee [api](api.md).\n\n## Call\n\n```js\nadd(1, 2); // three\n```\n\n* one\n* two\n';
  const CHINESE_PAGE = '# 加法\n\n参见 [API](../api.md)。\n\n## 调用\n\n```js\nadd(1, 2); // 三\n```\n\n* 一\n* 二\n';

  function differences(translation: string): string[] {
    const original = { path: 'docs/add.md', sections: sectionsOf(ENGLISH) };
    return outOfStep(original, { path: 'docs/zh-CN/add.md', sections: sectionsOf(translation) });
  }

  test('nothing, when only words and comments differ', () => expect(differences(CHINESE_PAGE)).toEqual([]));

  test.each([
    ['a missing heading', '## 调用\n\n', '', ['from "# 加法" (line 1) on', 'docs/add.md has "# Add" (line 1)']],
    ['a heading too many', '\n* 一', '\n## 更多\n\n* 一', ['from "## 调用" (line 5) on', 'has "## Call" (line 5)']],
    ['another level', '## 调用', '### 调用', ['from "### 调用" (line 5) on', 'docs/add.md has "## Call" (line 5)']],
    ['other code', 'add(1, 2)', 'add(1, 3)', ['"## 调用"', 'code block 1 (line 7) has «add(1, 3);»']],
    ['another language', '```js', '```ts', ['"## 调用"', 'code block 1 (line 7) is "ts" instead of "js"']],
    ['a missing list item', '* 二\n', '', ['"## 调用"', '1 list items instead of 2']],
    ['a missing link', '[API](../api.md)', 'API', ['"# 加法"', 'no link to docs/api.md']],
  ])('%s', (_, from, to, said) => {
    const found = differences(CHINESE_PAGE.replace(from, to));
    expect(found).toHaveLength(1);
    for (const words of ['docs/zh-CN/add.md', ...said]) expect(found[0]).toContain(words);
  });
});
