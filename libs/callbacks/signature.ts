/** Signatures of callbacks by Standard Webhooks (symmetric, `v1`): github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md. */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** A receiver's secret is that of an env: who may verify the callbacks of one env can sign none of another. */
export function secretOfEnv(master: string, env: string): string {
  return PREFIX + createHmac('sha256', keyOf(master)).update(`callbacks of env ${env}`).digest('base64');
}

/** Tells two secrets apart where anybody may see it: nothing can be signed with it. */
export function fingerprintOf(master: string): string {
  return createHmac('sha256', keyOf(master)).update('fingerprint').digest('base64url').slice(0, 12);
}

/** `masters`: one, or several while they are being replaced; a receiver that knows any of them is content. `at`: ms since the epoch. */
export function signedHeaders(
  masters: readonly string[],
  env: string,
  webhookID: string,
  at: number,
  body: string,
): Record<string, string> {
  const timestamp = Math.floor(at / 1_000);
  const signatures = masters.map((master) => {
    const hmac = createHmac('sha256', keyOf(secretOfEnv(master, env)));
    return `v1,${hmac.update(`${webhookID}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': webhookID,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}
