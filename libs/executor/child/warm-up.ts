/**
 * What every first call runs through is run once while the process is a spare: code that runs for the first time is read and
 * compiled first, and takes five times as long. The process stays as it was, and fit for any program.
 */
import { Module } from 'node:module';
import type { CallHead, ProgramHead } from '../pipe/messages';
import type { AsItWas } from './as-it-was';
import { type Answer, invokeCloudbase } from './handlers';
import type { Leaks } from './leaks';
import { lossesOf } from './lossy';
import { writeResult } from './result';

const PROGRAM = { name: 'warm-up', env: '', contract: 'cloudbase', memoryMb: 0, environment: {} } as ProgramHead;
const HEAD = { requestID: '', limitMs: 0, deadline: 0, environment: {}, origin: {} } as unknown as CallHead;
const CODE = 'exports.main = async (event) => ({ ...event });';

interface Compilable extends Module {
  _compile(code: string, file: string): void;
}

export function warmUp(asItWas: AsItWas, leaks: Leaks): void {
  asItWas.warmUp();
  leaks.remember();
  leaks.find();
  const module = new Module('warm-up') as Compilable;
  module._compile(CODE, 'warm-up');
  const { main } = module.exports as { main: unknown };
  const value = (result: unknown): void => {
    const written = writeResult(result, 1_024);
    if ('json' in written) lossesOf(result, written.json);
  };
  const answer: Answer = { value, error: () => undefined, callback: () => undefined };
  const hooks = { signal: undefined as never, timezone: undefined, progress: () => undefined };
  invokeCloudbase(main, PROGRAM, HEAD, { x: 1 }, hooks, answer);
}
