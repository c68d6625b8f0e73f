/** The secrets that callbacks are signed with: those of the setting, or one that was made once and kept. */
import { join } from 'node:path';
import type { Logger } from '@invoq/host/log';
import { keptSecret, readKeptSecret } from '@invoq/host/kept-secret';

const FILE = 'callback-secret';

/** Where the secret is kept that no setting gives. */
export function secretFile(data: string): string {
  return join(data, FILE);
}

/** The secret that was made and kept, as a list of one; undefined when none was. */
export async function keptCallbackSecret(data: string): Promise<string[] | undefined> {
  const secret = await readKeptSecret(secretFile(data));
  return secret === undefined ? undefined : [secret];
}

/** Asked for when the first callback is sent, so that a worker that sends none needs no folder. */
export function callbackSecrets(
  configured: string[] | undefined,
  data: string,
  log?: Pick<Logger, 'warn'>,
): () => Promise<string[]> {
  const write = (bytes: Buffer): string => `whsec_${bytes.toString('base64')}`;
  let known = configured;
  return async () => (known ??= [await keptSecret(secretFile(data), write, log)]);
}
