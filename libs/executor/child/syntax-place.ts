/**
 * Says where code that does not compile is broken. Node puts the place at the top of the stack of CommonJS, but of ES
 * modules it only prints it as it dies: there another Node compiles the entry and what it imports, and runs none of it.
 */
import { fileURLToPath } from 'node:url';
import { MAX_ERROR, type ProgramHead } from '../pipe/messages';
import { crop } from './cut';
import { describe, type Thrown } from './thrown';

const MAX_CHECK_MS = 2_000;

export function describeAtLoad(thrown: unknown, program: ProgramHead): Thrown {
  const said = describe(thrown);
  if (said.name !== 'SyntaxError') return said;
  const place = placeIn(said.stack) ?? (program.format === 'esm' ? placeIn(compiled(program)) : undefined);
  return place === undefined ? said : { ...said, message: `${said.message} (${crop(place, MAX_ERROR.name)})` };
}

function placeIn(stack = ''): string | undefined {
  const place = /^(.+:\d+)\n/.exec(stack)?.[1];
  if (!place?.startsWith('file:')) return place;
  const [, url, line] = /^(.+):(\d+)$/.exec(place)!;
  return `${fileURLToPath(url)}:${line}`;
}

/** Dies of what does not compile. Follows relative imports only: what is installed compiles, or names itself. `texts`: see `ProgramHead`. */
const COMPILE = `
const { readFileSync } = require('node:fs'), { pathToFileURL, fileURLToPath } = require('node:url'), vm = require('node:vm');
const { file, texts } = JSON.parse(readFileSync(0, 'utf8'));
const seen = new Set(), open = [pathToFileURL(file).href];
for (let url; (url = open.pop()) && seen.size < 500; ) {
  if (seen.has(url) || !/\\.m?js$/.test(url)) continue;
  seen.add(url);
  const path = fileURLToPath(url);
  let text;
  try { text = texts && Object.hasOwn(texts, path) ? texts[path] : readFileSync(path, 'utf8'); } catch { continue; }
  const { dependencySpecifiers } = new vm.SourceTextModule(text, { identifier: url });
  for (const name of dependencySpecifiers) if (/^(\\.|\\/|file:)/.test(name)) open.push(new URL(name, url).href);
}`;

function compiled({ file, texts }: ProgramHead): string {
  // Not imported: only when it is in use does a process have to look for children it has left (see `leaks.ts`).
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { stderr } = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', '-e', COMPILE], {
    encoding: 'utf8',
    timeout: MAX_CHECK_MS,
    input: JSON.stringify({ file, texts }),
  });
  return stderr ?? '';
}
