/** How a sandbox's process died, and what that means for the call it had. */
import type { Ending } from '@invoq/contract/outcome';
import { type Launched, ranOutOfMemory } from './launch';

export interface Death {
  exitCode?: number;
  signal?: string;
  /** V8 gave up for want of memory. */
  outOfMemory: boolean;
  /** What was wrong with what it sent us, for which it was ended. */
  fault?: string;
  /** It was leaving when the call reached it: the call was not begun. */
  declined?: boolean;
  /** It could not even be started. */
  cause?: Error;
}

/** As its exit tells. */
export function deathOf({ process, reportFile }: Launched, code: number | null, signal: NodeJS.Signals | null): Death {
  const outOfMemory = signal !== null && signal !== 'SIGKILL' && ranOutOfMemory(reportFile, process.pid!);
  return { exitCode: code ?? undefined, signal: signal ?? undefined, outOfMemory };
}

export function crashed(death: Death, memoryMb: number): Ending {
  const { exitCode, signal } = death;
  if (death.outOfMemory) return outgrown(memoryMb, { exitCode, signal });
  return {
    outcome: 'crashed',
    type: 'FUNCTION_CRASHED',
    message: `The function's process ${howOf(death)} before it had answered.`,
    exitCode,
    signal,
  };
}

function howOf({ exitCode, signal, fault }: Death): string {
  if (fault !== undefined) return `sent its worker ${fault} (file descriptor 3 is the worker's) and was ended`;
  return signal === undefined ? `exited with code ${exitCode}` : `was ended by ${signal}`;
}

/** It has more child processes than it may have. */
export function crowded(maxProcesses: number): Ending {
  const message = `The function had more than ${maxProcesses} processes running that it had started, and was ended.`;
  return { outcome: 'crashed', type: 'FUNCTION_CRASHED', message };
}

export function outgrown(memoryMb: number, how: { exitCode?: number; signal?: string; detail?: string } = {}): Ending {
  const detail = how.detail === undefined ? '' : ` (${how.detail})`;
  return {
    outcome: 'crashed',
    type: 'MEMORY_LIMIT',
    message: `The function needed more than its ${memoryMb} MB of memory${detail}.`,
    exitCode: how.exitCode,
    signal: how.signal,
  };
}
