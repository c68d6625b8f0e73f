/** Functions as an operator sees them. */
import type { ListedFunction, ListedFunctions } from '@invoq/contract/function';
import type { FunctionPause, Reasoned } from '@invoq/contract/operations/pause';
import { answerOf } from '../answers';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';
import { ask } from './operate';

export class Functions {
  constructor(private readonly wire: Wire) {}

  /** Those of the env, as their workers published them. */
  async list(options: ReadOptions = {}): Promise<ListedFunction[]> {
    return (await ask<ListedFunctions>(this.wire, '/v1/functions', options)).functions;
  }

  /** Its calls wait from now on; what runs goes on. */
  pause(name: string, { reason, ...options }: ReadOptions & Reasoned = {}): Promise<FunctionPause> {
    return ask(this.wire, `${pathOf(name)}/pause`, options, { reason });
  }

  resume(name: string, { reason, ...options }: ReadOptions & Reasoned = {}): Promise<FunctionPause> {
    return ask(this.wire, `${pathOf(name)}/resume`, options, { reason });
  }

  /** Forgets one that no worker serves any more. Rejects with FUNCTION_SERVED while one does. */
  async forget(name: string, { signal, env }: ReadOptions = {}): Promise<void> {
    // Sent once: the second of two would not find it.
    answerOf(await this.wire.send('DELETE', pathOf(name), { signal, env }));
  }
}

function pathOf(name: string): string {
  return `/v1/functions/${encodeURIComponent(name)}`;
}
