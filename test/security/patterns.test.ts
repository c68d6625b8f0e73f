/**
 * Every regular expression of the project, on texts that are made to be hard for it: each takes time in proportion to its
 * text. One that is quadratic can stop a process for seconds with a text of 150 KB.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
/** Characters of a hostile text. A quadratic pattern takes 20 ms and more for it; a linear one 0.05 ms. */
const LENGTH = 8_000;
const LIMIT_MS = 8;
/** What most classes contain, and what most do not. */
const USUAL = [
  'a',
  'Z',
  '0',
  '-',
  '_',
  '.',
  ',',
  ' ',
  '/',
  ':',
  '=',
  '"',
  "'",
  '\\',
  '\n',
  '\r',
  '\t',
  '(',
  '💡',
  '\ud800',
];

interface Pattern {
  where: string;
  source: string;
  flags: string;
}

function patternsIn(file: string): Pattern[] {
  const found: Pattern[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      const [, body, flags] = /^\/(.*)\/([a-z]*)$/s.exec(node.text)!;
      found.push({ where: `${relative(ROOT, file)}:${line + 1}`, source: body, flags });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(({ name }) => /\.(ts|mjs|cjs|js)$/.test(name) && !/\.(spec|d)\.ts$/.test(name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !file.includes('/fixtures/') && !file.includes('/node_modules/') && !file.includes('/dist/'));
}

/** Pieces that are repeated: what is usual, each character of the pattern, and each run of its plain characters. */
function pumpsOf({ source }: Pattern): Set<string> {
  const plain = source.match(/[\w ./:;,=@#%&"'<>-]+/g) ?? [];
  return new Set([...USUAL, ...source, ...plain, ...plain.join('')]);
}

/** How the text may begin so that the pattern gets as far as what can be repeated. */
function headsOf({ source }: Pattern): Set<string> {
  const plain = /^\^?([\w ./:;,=@#%&"'<>-]+)/.exec(source)?.[1] ?? '';
  return new Set(['', plain, plain.slice(0, -1)]);
}

/** The first text that it is slow with, again and again: once, a collection of garbage may have come in between. */
function slowText(pattern: Pattern): string | undefined {
  for (const head of headsOf(pattern)) {
    for (const pump of pumpsOf(pattern)) {
      const body = pump.repeat(Math.ceil(LENGTH / pump.length)).slice(0, LENGTH);
      for (const text of [`${head}${body}\0`, `${head}${body}\0${body}`]) {
        if (![1, 2, 3].every(() => timed(pattern, text) > LIMIT_MS)) continue;
        return `${text.slice(0, 40)}… (${text.length})`;
      }
    }
  }
  return undefined;
}

function timed({ source, flags }: Pattern, text: string): number {
  const regexp = new RegExp(source, flags);
  const start = process.cpuUsage();
  if (flags.includes('g')) text.replace(regexp, '');
  else regexp.test(text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

const patterns = ['apps', 'libs'].flatMap((folder) => sourcesUnder(join(ROOT, folder)).flatMap(patternsIn));

test('the patterns are found', () => {
  expect(patterns.length).toBeGreaterThan(100);
  expect(patterns.map(({ where }) => where).join('\n')).toContain('apps/api/doors/native/invoke.dto.ts');
});

test('a quadratic pattern would be found', () => {
  const quadratic = { where: 'here', source: String.raw`T.*(Z|[+-]\d\d:?\d\d)$`, flags: '' };
  expect(slowText(quadratic)).toBeDefined();
});

test('each takes time in proportion to its text', () => {
  const slow = patterns.flatMap((pattern) => {
    const text = slowText(pattern);
    return text === undefined
      ? []
      : [`${pattern.where} /${pattern.source}/ takes its time for ${JSON.stringify(text)}`];
  });
  expect(slow).toEqual([]);
}, 120_000);
