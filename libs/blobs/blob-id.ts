/**
 * The name of a blob, which says when it may be dropped: `<shelf>-<22 characters by chance>`. A shelf is ten minutes of
 * expiry, so that a sweep drops whole folders by their names, and neither a list of blobs nor a clock of files is needed.
 */
import { randomBytes } from 'node:crypto';

/** ms. */
export const SHELF_MS = 600_000;
const BLOB_ID = /^([0-9a-z]{1,9})-([A-Za-z0-9_-]{22})$/;
const SHELF = /^[0-9a-z]{1,9}$/;

/** `expiresAt`: ms since the epoch; it is kept until then, and for one shelf longer at most. */
export function newBlobID(expiresAt: number): string {
  return `${Math.ceil(expiresAt / SHELF_MS).toString(36)}-${randomBytes(16).toString('base64url')}`;
}

/** The folder and the name in it; undefined: not the id of a blob. */
export function placeOf(id: string): { shelf: string; name: string } | undefined {
  const [, shelf, name] = BLOB_ID.exec(id) ?? [];
  return shelf === undefined || name === undefined ? undefined : { shelf, name };
}

/** Until when it is kept at least, ms since the epoch. */
export function expiryOf(id: string): number {
  return parseInt(id, 36) * SHELF_MS;
}

export function isBlobID(text: string): boolean {
  return BLOB_ID.test(text);
}

/** Has everything on this shelf expired by `now` (ms)? What is no shelf never has. */
export function isExpired(shelf: string, now: number): boolean {
  return SHELF.test(shelf) && parseInt(shelf, 36) * SHELF_MS <= now;
}
