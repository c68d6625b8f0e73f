/** What a sandbox receives about its program: once, with its first call. */
import type { Program } from '@invoq/contract/function';
import type { Settings } from '../options';
import type { ProgramHead } from '../pipe/messages';

export interface ProgramSettings extends Pick<Settings, 'keptOf'> {
  /** What first calls of a program replace or add each time; see `ways.ts`. */
  waysOf?(program: string): readonly string[] | undefined;
}

/** The version of a function: a sandbox serves one in its life. */
export function programKey(program: Program): string {
  return `${program.env}/${program.name}@${program.version}`;
}

export function programHead(program: Program, settings: ProgramSettings): ProgramHead {
  const { name, env, contract, memoryMb, format, code, environment, handler } = program;
  const { file, texts } = settings.keptOf(program) ?? { file: program.file };
  const ways = settings.waysOf?.(programKey(program));
  const exportName = exportOf(handler);
  return { name, env, contract, memoryMb, file, format, code, environment, exportName, ways, texts };
}

/** `src/app.handler` → `handler` */
function exportOf(handler: string | undefined): string | undefined {
  return handler?.slice(handler.lastIndexOf('.') + 1);
}
