/** Which program a call runs: that of its function here, if this worker is the one to run it. */
import type { Program } from '@invoq/contract/function';
import type { Catalog } from '@invoq/functions/catalog';
import { servedName, type Serving } from '@invoq/store/ready-queue/serving';
import type { Served } from './served';

export class Programs {
  constructor(
    private readonly catalog: Catalog,
    private readonly served: Served,
  ) {}

  /**
   * The program of a call, or why it does not load; undefined when another worker is to have the call. Given a function that
   * it had said not to load, this worker is the one to tell its caller so: no other has it whole. `serving`: what it had
   * said that it serves when it was given the call.
   */
  async of(
    { env, function: name }: { env: string; function: string },
    serving: Serving,
  ): Promise<Program | { problem: string } | undefined> {
    const isLastResort = serving.broken.has(servedName(env, name));
    const found = await this.catalog.find(env, name);
    if (found === undefined) await this.served.isMissing({ env, name });
    else if (!('problem' in found)) {
      if (isLastResort) await this.served.isWhole({ env, name });
      return found;
    } else if (isLastResort) return { problem: found.problem.message };
    else await this.served.isBroken({ env, name });
    return undefined;
  }
}
