/** Every command of README and docs can be pasted: each page is run from top to bottom against a started stack. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { listeningApp } from '../harness/app';
import { type Stack, startStack } from '../harness/stack';
import { checkout } from './checkout';
import { allPages } from './pages';
import { runPage, type RunBlock } from './run-page';
import { type ShellBlock, shellBlocksOf } from './shell-blocks';

const ROOT = join(__dirname, '..', '..');
/** Run by a test of their own, with what they need: `no-test by test/….test.ts`. */
const ELSEWHERE = /^by (test\/[\w/-]+\.test\.ts)$/;
/** Other blocks that are marked `no-test`, in all pages, both languages. A page that needs one more says why in its fence, and raises this. */
const MOST_NOT_RUN = 50;

const pages = allPages().map((page) => ({ page, blocks: shellBlocksOf(readFileSync(join(ROOT, page), 'utf8')) }));
const runnable = pages
  .map(({ page, blocks }) => ({ page, blocks: blocks.filter((block) => block.notRun === undefined) }))
  // The blocks of Chinese pages are the same: chinese.spec.ts holds them to it.
  .filter(({ page, blocks }) => blocks.length > 0 && !page.includes('zh-CN'));
let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = checkout();
  const packed = spawnSync(process.execPath, [join(ROOT, 'scripts', 'pack.mjs')], { encoding: 'utf8' });
  if (packed.status !== 0) throw new Error(packed.stderr);
  stack = await startStack({ functions: join(folder, 'examples', 'functions') });
  // The second one has no function until the page has written it, and is not ready until then.
  const own = join(dirname(folder), 'my-functions');
  mkdirSync(own);
  await listeningApp('worker', {
    ...stack.settings(),
    INVOQ_API_URL: stack.url,
    WORKER_PORT: '0',
    INVOQ_FUNCTIONS: own,
  });
});

afterAll(() => stack.stop());

test('blocks that are not run say why, and are few', () => {
  const marked = pages.flatMap(({ page, blocks }) => blocks.map((block) => ({ page, ...block })));
  const notRun = marked.filter((block) => block.notRun !== undefined && !ELSEWHERE.test(block.notRun));
  expect(notRun.filter(({ notRun: reason }) => reason === '').map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  expect(notRun.length).toBeLessThanOrEqual(MOST_NOT_RUN);
});

test('a block that another test runs names it, and that test reads the page', () => {
  const elsewhere = pages.flatMap(({ page, blocks }) =>
    blocks.map(({ notRun, line }) => ({ page, line, by: ELSEWHERE.exec(notRun ?? '')?.[1] })),
  );
  const faulty = elsewhere.filter(
    ({ page, by }) => by !== undefined && !readFileSync(join(ROOT, by), 'utf8').includes(page),
  );
  expect(faulty).toEqual([]);
});

test('packages are installed into folders beside the checkout, never into the checkout itself', () => {
  const lines = runnable.flatMap(({ blocks }) => blocks.flatMap(({ code }) => code.split('\n')));
  expect(lines.filter((line) => /\bnpm (i|ci|install)\b/.test(line) && !line.startsWith('(cd ../'))).toEqual([]);
});

test.each(runnable)('$page', async ({ page, blocks }) => {
  rmSync(join(folder, 'keys.json'), { force: true });
  const runs = await runPage(blocks, folder, Number(new URL(stack.url).port));
  expect(runs.flatMap((run) => faultsOf(run).map((fault) => `${page}:${run.block.line}: ${fault}`))).toEqual([]);
});

/** A command that failed, an answer that is a refusal, or that differs from the one that the page shows. */
function faultsOf({ block, said }: RunBlock): string[] {
  if (said === undefined) return ['was not run, since one above it failed'];
  if (said.startsWith('FAILED ')) return [said];
  // curl ends no line: the next answer follows on the same one.
  const answers = said.split(/\n|(?<=\})(?=\{")/).flatMap(answerIn);
  const shown = shownBy(block);
  if (shown === undefined) return answers.filter(({ code }) => code >= 400).map((answer) => JSON.stringify(answer));
  return answers.some(({ code, data }) => code === shown.code && sameShape(data, shown.data))
    ? []
    : [`answered ${said}, and the page shows ${JSON.stringify(shown)}`];
}

interface Answer {
  code: number;
  data: unknown;
}

function answerIn(line: string): Answer[] {
  try {
    const value: unknown = JSON.parse(line);
    return isAnswer(value) ? [value] : [];
  } catch {
    return [];
  }
}

function shownBy({ shown }: ShellBlock): Answer | undefined {
  return shown === undefined ? undefined : answerIn(shown)[0];
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'code' in value && 'requestID' in value;
}

/** Plain data are the same; of what changes from run to run (an object with times in it) the fields are. */
function sameShape(data: unknown, shown: unknown): boolean {
  if (typeof shown !== 'object' || shown === null || typeof data !== 'object' || data === null) return data === shown;
  return Object.keys(shown).every((key) => key in data);
}
