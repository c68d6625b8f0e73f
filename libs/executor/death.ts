/** What the death of a process means for the call it had. */
import type { Ending } from '@invoq/contract/outcome';
import type { Death } from './sandbox';

export function crashed(death: Death, memoryMb: number): Ending {
  const { exitCode, signal } = death;
  if (death.outOfMemory) return outgrown(memoryMb, { exitCode, signal });
  const how = signal === undefined ? `exited with code ${exitCode}` : `was ended by ${signal}`;
  return {
    outcome: 'crashed',
    type: 'FUNCTION_CRASHED',
    message: `The function's process ${how} before it had answered.`,
    exitCode,
    signal,
  };
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
