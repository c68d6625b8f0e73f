/**
 * `invoq keys create|list|revoke`: changes the keys file, which a running API reads again within a second. The secret of a
 * key is shown once, by `create`; after that it stands in the file alone.
 */
import { ENV_NAME } from '@invoq/contract/function';
import type { Rate } from '@invoq/contract/rate';
import { bootstrap, StartError } from '@invoq/host/bootstrap';
import { setting, type SettingsOf } from '@invoq/host/read-settings';
import { list, oneOf, path, rate as rateOf, text } from '@invoq/host/setting-parsers';
import { SCOPES } from './auth/caller';
import { KEY_ID, KeysError } from './auth/keys';
import { KeysEditError, KeysEditor } from './auth/keys-editor';

const SETTINGS = {
  command: setting<string>({ env: 'INVOQ_KEYS_COMMAND', flag: '--do', parse: oneOf('create', 'list', 'revoke'), doc: 'What to do.' }),
  keysFile: setting<string>({ env: 'INVOQ_KEYS_FILE', flag: '--keys-file', parse: path(process.cwd()), doc: 'The JSON file of the keys, as the API has it; made when it is missing.' }),
  id: setting<string | undefined>({ env: 'INVOQ_KEY_ID', flag: '--id', default: undefined, parse: text('1-64 letters, digits, "_" or "-"', KEY_ID), doc: 'Id of the key to create (a new one by default) or to revoke.' }),
  envs: setting({ env: 'INVOQ_KEY_ENVS', flag: '--envs', default: ['default'], parse: list(text('an env name, or *', new RegExp(`${ENV_NAME.source}|^\\*$`))), doc: 'Envs that the new key opens; the first is its default. *: every env, and what is of all envs together.' }),
  scopes: setting({ env: 'INVOQ_KEY_SCOPES', flag: '--scopes', default: ['invoke', 'read'] as (typeof SCOPES)[number][], parse: list(oneOf(...SCOPES)), doc: 'What the new key may do.' }),
  rate: setting<Rate | undefined>({ env: 'INVOQ_KEY_RATE', flag: '--rate', default: undefined, parse: rateOf(), doc: 'How often the new key may call, by all API processes together; without it the default of the API counts.' }),
}; // prettier-ignore

void bootstrap('keys', 'The keys of Invoq: who may call, in which envs, and what for.', SETTINGS, run);

async function run({ command, keysFile, id, envs, scopes, rate }: SettingsOf<typeof SETTINGS>): Promise<void> {
  const editor = new KeysEditor(keysFile);
  try {
    if (command === 'list') return await show(editor);
    if (command === 'revoke') {
      if (id === undefined) throw new StartError('--id: say which key to revoke.');
      await editor.revoke(id);
      return say(`Revoked ${id}. A running API refuses it within a second.`);
    }
    const key = await editor.create({ id, envs: envs as [string, ...string[]], scopes, rate });
    say(`${key.id}.${key.secret}`);
  } catch (error) {
    if (error instanceof KeysEditError || error instanceof KeysError) {
      throw new StartError(`${keysFile}: ${error.message}`);
    }
    throw error;
  }
}

/** Never a secret. */
async function show(editor: KeysEditor): Promise<void> {
  for (const { id, envs, scopes, rate } of await editor.list()) {
    say(
      [
        id,
        `envs ${envs.join(',')}`,
        `scopes ${[...scopes].join(',')}`,
        ...(rate ? [`rate ${rateOf().show(rate)}`] : []),
      ].join('\t'),
    );
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
