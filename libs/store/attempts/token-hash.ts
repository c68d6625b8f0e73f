/**
 * What a record keeps of the token of its running attempt (libs/contract/invocation-token.ts). Worker and API meet here: what
 * one writes, the other one compares with.
 */
import { hash } from 'node:crypto';

/** `secret`: the last part of the token. It is random and long, so that its hash needs neither salt nor time. */
export function tokenHash(secret: string): string {
  return hash('sha256', secret, 'base64url');
}
