/**
 * What every first call runs through is run once while the process is a spare: code that runs for the first time is read and
 * compiled first, and takes five times as long. The process stays as it was, and fit for any program.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ReceivedHead, writeCallHead } from '../pipe/call-head';
import { frame, FrameReader } from '../pipe/frames';
import { Kind, type ProgramHead } from '../pipe/messages';
import type { AsItWas } from './as-it-was';
import { CallQueue } from './call-queue';
import { readHead } from './channel';
import { type Answer, invokeCloudbase } from './handlers';
import type { Leaks } from './leaks';
import { loadHandler } from './load';
import { lossesOf } from './lossy';
import { OpenTelemetry } from './open-telemetry';
import { writeResult } from './result';

const FILE = join(__dirname, 'warm-up-function.js');
const PROGRAM = {
  ...{ name: 'warm-up', env: '', contract: 'cloudbase', memoryMb: 0, environment: {}, file: FILE, format: 'cjs' },
} as ProgramHead;
const HEAD = writeCallHead({
  ...{ requestID: '', attempt: 1, limitMs: 0, deadline: 0, maxLogBytes: 0, maxResultBytes: 0 },
  environment: {},
  origin: { eventType: '' },
  program: PROGRAM,
});

export async function warmUp(asItWas: AsItWas, leaks: Leaks): Promise<void> {
  asItWas.warmUp();
  arrives();
  const main = await loads();
  OpenTelemetry.find(createRequire(FILE).cache);
  leaks.remember();
  leaks.find();
  asItWas.remember();
  const value = (result: unknown): void => {
    const written = writeResult(result, 1_024);
    if ('json' in written) lossesOf(result, written.json);
  };
  const answer: Answer = { value, error: () => undefined, callback: () => undefined };
  const hooks = { signal: undefined as never, timezone: undefined, progress: () => undefined };
  invokeCloudbase(main, PROGRAM, new ReceivedHead(HEAD), { x: 1 }, hooks, answer);
}

/** A call comes over the pipe. */
function arrives(): void {
  const queue = new CallQueue();
  const reader = new FrameReader(
    (_, head, body) => queue.add(head as ReceivedHead, body),
    () => Number.MAX_SAFE_INTEGER,
    readHead,
  );
  reader.push(frame(Kind.call, HEAD, '{"x":1}'));
  queue.take()?.begin();
}

/** Nothing of it stays: neither the file among those that are loaded, nor its directory. */
async function loads(): Promise<unknown> {
  const directory = process.cwd();
  const title = process.title;
  try {
    process.title = 'invoq warm-up';
    return await loadHandler(PROGRAM);
  } finally {
    process.title = title;
    process.chdir(directory);
    delete createRequire(FILE).cache[FILE];
  }
}
