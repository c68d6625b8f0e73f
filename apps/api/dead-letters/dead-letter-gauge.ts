/** How many dead letters each function has, read from Redis at each scrape. */
import type { Metrics } from '@invoq/host/metrics';
import type { DeadLetters } from '@invoq/store/dead-letters';
import type { FunctionStore } from '@invoq/store/function-store';

export class DeadLetterGauge {
  constructor(
    private readonly letters: DeadLetters,
    private readonly functions: FunctionStore,
  ) {}

  attachTo(metrics: Metrics): void {
    metrics.onScrape(async () => {
      const specs = (await Promise.all((await this.functions.envs()).map((env) => this.functions.list(env)))).flat();
      const counts = await Promise.all(specs.map(({ env, name }) => this.letters.count(env, name)));
      specs.forEach(({ env, name }, i) => metrics.deadLetters.set({ function: name, env }, counts[i]));
    });
  }
}
