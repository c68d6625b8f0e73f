/**
 * Says where code that does not compile is broken. Node puts the place at the top of the stack of CommonJS, but of ES
 * modules it only prints it as it dies: there another Node is asked to look at the file (the entry, not what it imports).
 */
import { fileURLToPath } from 'node:url';
import type { ProgramHead } from '../messages';
import { describe, type Thrown } from './thrown';

const MAX_CHECK_MS = 2_000;

export function describeAtLoad(thrown: unknown, program: ProgramHead): Thrown {
  const said = describe(thrown);
  if (said.name !== 'SyntaxError') return said;
  const place = placeIn(said.stack) ?? (program.format === 'esm' ? placeIn(checked(program.file)) : undefined);
  return place === undefined ? said : { ...said, message: `${said.message} (${place})` };
}

function placeIn(stack = ''): string | undefined {
  const place = /^(.+:\d+)\n/.exec(stack)?.[1];
  if (!place?.startsWith('file:')) return place;
  const [, url, line] = /^(.+):(\d+)$/.exec(place)!;
  return `${fileURLToPath(url)}:${line}`;
}

function checked(file: string): string {
  // Not imported: only when it is in use does a process have to look for children it has left (see `leaks.ts`).
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: MAX_CHECK_MS });
  return stderr ?? '';
}
