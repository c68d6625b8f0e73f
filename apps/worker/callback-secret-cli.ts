/**
 * `invoq callback-secret`: prints the secret by which the receivers of one env's callbacks verify them. With the settings of
 * the workers, since it is made of theirs. It makes no secret unless it is asked to: one that no worker has signs nothing.
 */
import { DEFAULT_ENV, ENV_NAME } from '@invoq/contract/function';
import { bootstrap, StartError } from '@invoq/host/bootstrap';
import { setting, type SettingsOf } from '@invoq/host/read-settings';
import { boolean, text } from '@invoq/host/setting-parsers';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { callbackSecrets, keptCallbackSecret, secretFile } from './callbacks/callback-secrets';
import { WORKER_SETTINGS } from './settings';

const SETTINGS = {
  env: setting({ env: 'INVOQ_CALLBACK_ENV', flag: '--env', default: DEFAULT_ENV, parse: text('an env name', ENV_NAME), doc: 'Whose callbacks are to be verified.' }),
  create: setting({ env: 'INVOQ_CALLBACK_CREATE', flag: '--create', default: false, parse: boolean(), doc: 'Make the secret in INVOQ_DATA when there is none yet.' }),
  callbackSecrets: WORKER_SETTINGS.callbackSecrets,
  data: WORKER_SETTINGS.data,
}; // prettier-ignore

void bootstrap('callback-secret', 'The secret that verifies the callbacks of an env.', SETTINGS, run);

async function run(settings: SettingsOf<typeof SETTINGS>): Promise<void> {
  const { env, create, callbackSecrets: configured, data } = settings;
  const known = configured ?? (await keptCallbackSecret(data));
  if (known === undefined && !create) {
    throw new StartError(
      `There is no secret: INVOQ_CALLBACK_SECRET is not set, and ${secretFile(data)} is not there. Give INVOQ_DATA or INVOQ_CALLBACK_SECRET as the workers have it, or add --create to make one.`,
    );
  }
  // The first is the one that stays, while several are in use.
  const [master] = await callbackSecrets(known, data)();
  process.stdout.write(`${secretOfEnv(master, env)}\n`);
}
