/** From a function as it was found to a program a sandbox can run: the format of its code, or the compiled code. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Program } from '@invoq/contract/function';
import type { Compiler } from './compiler';
import type { FunctionEntry } from './manifest';
import { moduleFormat } from './module-format';
import { otherPlatform } from './other-platforms';
import { type InvalidFunction, systemReason } from './invalid-function';

/** `lasting`: the same files would give the same again, so it need not be built twice. */
export interface Built {
  result: Program | { problem: InvalidFunction };
  lasting: boolean;
}

/** Never rejects. */
export async function buildProgram(entry: FunctionEntry, compiler: Compiler): Promise<Built> {
  const { spec, version, file, environment } = entry;
  const program = { ...spec, version, file, environment };

  if (extname(file) === '.ts') {
    const compiled = await compiler.compile(file, entry.dir);
    if ('code' in compiled) return { result: { ...program, format: 'compiled', code: compiled.code }, lasting: true };
    return refused(entry, compiled);
  }
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return refused(entry, { failure: `${basename(file)} cannot be read: ${systemReason(error)}` });
  }
  const foreign = otherPlatform(text);
  if (foreign !== undefined) return refused(entry, { problem: foreign });
  const found = await moduleFormat(file, text, compiler);
  if ('format' in found) return { result: { ...program, format: found.format }, lasting: true };
  return refused(entry, found);
}

function refused(entry: FunctionEntry, why: { problem: string } | { failure: string }): Built {
  const message = 'problem' in why ? why.problem : why.failure;
  const { env, name } = entry.spec;
  return { result: { problem: { env, function: name, file: entry.file, message } }, lasting: 'problem' in why };
}
