/** Fields of a record, whichever of its two shapes it has. */
import type { Redis } from 'ioredis';
import { recordKey } from '@invoq/store/keys/keys';
import { recordFields } from '@invoq/store/record/packed-record';
import { withScripts } from '@invoq/store/scripts/scripts';

export async function fields(redis: Redis, requestID: string, ...names: string[]): Promise<(string | null)[]> {
  return recordFields(redis, recordKey(requestID), names);
}

export async function field(redis: Redis, requestID: string, name: string): Promise<string | null> {
  return (await fields(redis, requestID, name))[0];
}

/** The key of a record that is a hash from now on, so that a test can change its fields. */
export async function hashOf(redis: Redis, requestID: string): Promise<string> {
  const key = recordKey(requestID);
  await withScripts(redis).invoqUnpack({ keys: { record: key } });
  return key;
}
