/** The right to start one attempt: who starts it, and the token that its function will call others with. */
import { randomFillSync } from 'node:crypto';
import { invocationToken } from '@invoq/contract/invocation-token';
import type { ClaimRequest } from '@invoq/store/attempts/claim';
import { tokenHash } from '@invoq/store/attempts/token-hash';

const SECRET_BYTES = 18;
/** Random bytes are drawn for so many at once: a draw of its own for each costs more than all else here. */
const DRAWN_AT_ONCE = 256;

const drawn = Buffer.alloc(SECRET_BYTES * DRAWN_AT_ONCE);
let used = drawn.length;

export class AttemptToken {
  /** The record keeps the hash alone. */
  readonly claimRequest: ClaimRequest;
  private readonly secret = newSecret();

  constructor(worker: string, leaseMs: number) {
    this.claimRequest = { worker, leaseMs, tokenHash: tokenHash(this.secret) };
  }

  tokenFor(requestID: string): string {
    return invocationToken(requestID, this.secret);
  }
}

function newSecret(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  const secret = drawn.toString('base64url', used, used + SECRET_BYTES);
  // What is handed out is not kept.
  drawn.fill(0, used, used + SECRET_BYTES);
  used += SECRET_BYTES;
  return secret;
}
