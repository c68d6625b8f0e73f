/** Who calls, what they may do, and how much of this process each may hold. For every feature. */
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { StartError } from '@invoq/host/bootstrap';
import type { Logger } from '@invoq/host/log';
import { RecordReader } from '@invoq/store/record/record-reader';
import { made } from '../process/made';
import { KEYS, LOG, SETTINGS } from '../process/tokens';
import type { ApiSettings } from '../settings';
import { AllPlaces } from './all-places';
import { CallerGuard } from './caller.guard';
import { Callers } from './callers';
import { FailedAttempts } from './failed-attempts';
import { HeldAnswers } from './held-answers';
import { LiveKeys } from './live-keys';

@Global()
@Module({
  providers: [
    made(KEYS, [SETTINGS, LOG], openKeys),
    made(AllPlaces, [SETTINGS], (settings) => new AllPlaces(settings)),
    made(HeldAnswers, [KEYS], (keys) => {
      const held = new HeldAnswers();
      keys?.onChange((now) => held.review(now));
      return held;
    }),
    made(
      Callers,
      [RecordReader, RegistryCache, KEYS, SETTINGS],
      (reader, registry, keys, { defaultEnv, envAliases }) =>
        new Callers(reader, new FailedAttempts(), {
          keys: () => keys?.now(),
          defaultEnv,
          aliases: new Map(envAliases.map(({ alias, env }) => [alias, env])),
          envsOf: async (env, name) => (await registry.find(env, name))?.envs ?? [],
        }),
    ),
    CallerGuard,
  ],
  exports: [KEYS, AllPlaces, HeldAnswers, Callers, CallerGuard],
})
export class AuthModule implements OnApplicationShutdown {
  constructor(@Inject(KEYS) private readonly keys: LiveKeys | undefined) {}

  onApplicationShutdown(): void {
    this.keys?.stop();
  }
}

async function openKeys({ keysFile: file }: ApiSettings, log: Logger): Promise<LiveKeys | undefined> {
  if (file === undefined) return undefined;
  return LiveKeys.open(file, log).catch((error: Error) => {
    throw new StartError(`INVOQ_KEYS_FILE=${file}: ${error.message}`);
  });
}
