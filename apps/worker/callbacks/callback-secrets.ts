/** The secrets that callbacks are signed with: those of the setting, or one that was made once and kept. */
import { join } from 'node:path';
import { keptSecret } from '@invoq/host/kept-secret';

const FILE = 'callback-secret';

/** Asked for when the first callback is sent, so that a worker that sends none needs no folder. */
export function callbackSecrets(configured: string[] | undefined, data: string): () => Promise<string[]> {
  let known = configured;
  return async () => (known ??= [await keptSecret(join(data, FILE), (bytes) => `whsec_${bytes.toString('base64')}`)]);
}
