/**
 * Addresses from which anybody who holds them may download one blob, until they expire: signed by this API, so that
 * functions, browsers and programs need no key. HMAC-SHA256 over the name and the expiry, compared in constant time.
 */
import { createHmac } from 'node:crypto';
import { Refusal } from '@invoq/contract/refusal';
import { sameText } from '../auth/keys';

export const BLOB_PATH = '/v1/blobs/';
const EXPIRES = /^\d{1,16}$/;

export class BlobLinks {
  /** `secret`: asked for when the first link is signed or checked. All APIs that share the blobs need the same one. */
  constructor(private readonly secret: () => Promise<string>) {}

  /** `base`: where the API is reached, without a slash at its end. `expiresAt`: ms since the epoch. */
  async sign(base: string, id: string, expiresAt: number): Promise<string> {
    const expires = String(expiresAt);
    return `${base}${BLOB_PATH}${id}?expires=${expires}&signature=${await this.signature(id, expires)}`;
  }

  /** Refuses an address that we did not sign, or whose time is over. */
  async check(id: string, expires: string, signature: string, now: number): Promise<void> {
    const right = await this.signature(id, expires);
    if (!sameText(signature, right) || !EXPIRES.test(expires)) {
      throw new Refusal(
        'FORBIDDEN',
        'This address was not signed here, or was changed since. Use it exactly as it was given.',
      );
    }
    if (Number(expires) <= now)
      throw new Refusal('FORBIDDEN', 'This address has expired. Upload again, or ask for the result again.');
  }

  private async signature(id: string, expires: string): Promise<string> {
    return createHmac('sha256', await this.secret())
      .update(`${id}\n${expires}`)
      .digest('base64url');
  }
}
