/** A sentence of the docs has 25 words at most, so that it is understood at the first reading. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allPages } from './pages';
import { sentencesOf, wordsIn } from './sentences';

const ROOT = join(__dirname, '..', '..');
const LIMIT = 25;
/** Decisions argue, and keep the words in which they were made; Chinese has no spaces to count by. */
const pages = allPages().filter((page) => !page.includes('zh-CN') && !page.startsWith('docs/decisions/'));
/** Sentences that may be longer, by how they begin, with the reason. */
const LONGER = new Map<string, string>([]);

test.each(pages)('%s', (page) => {
  const long = sentencesOf(readFileSync(join(ROOT, page), 'utf8'))
    .filter((sentence) => wordsIn(sentence) > LIMIT)
    .filter((sentence) => ![...LONGER.keys()].some((start) => sentence.startsWith(start)))
    .map((sentence) => `${wordsIn(sentence)} words: ${sentence}`);
  expect(long).toEqual([]);
});

test('a sentence ends at a full stop before a capital, a link or code; code is one word; tables do not count', () => {
  const page = '# A b\n\nOne two. `a b c` three: [four five](x.md).\n\n| six seven |\n\n* Eight\n  nine.\n* Ten.\n';
  expect(sentencesOf(page).map(wordsIn)).toEqual([2, 2, 2, 2, 1]);
});
