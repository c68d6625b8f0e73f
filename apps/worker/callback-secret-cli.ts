/**
 * `invoq callback-secret`: prints the secret by which the receivers of one env's callbacks verify them. With the settings of
 * the workers, since it is made of theirs.
 */
import { DEFAULT_ENV, ENV_NAME } from '@invoq/contract/function';
import { begin } from '@invoq/host/begin';
import { setting, type SettingsOf } from '@invoq/host/read-settings';
import { text } from '@invoq/host/setting-parsers';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { callbackSecrets } from './callbacks/callback-secrets';
import { WORKER_SETTINGS } from './settings';

const SETTINGS = {
  env: setting({ env: 'INVOQ_CALLBACK_ENV', flag: '--env', default: DEFAULT_ENV, parse: text('an env name', ENV_NAME), doc: 'Whose callbacks are to be verified.' }),
  callbackSecrets: WORKER_SETTINGS.callbackSecrets,
  data: WORKER_SETTINGS.data,
}; // prettier-ignore

void begin('callback-secret', 'The secret that verifies the callbacks of an env.', SETTINGS, run);

async function run({ env, callbackSecrets: configured, data }: SettingsOf<typeof SETTINGS>): Promise<void> {
  // The first is the one that stays, while several are in use.
  const [master] = await callbackSecrets(configured, data)();
  process.stdout.write(`${secretOfEnv(master, env)}\n`);
}
