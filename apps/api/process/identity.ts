/** How this API describes itself to the fleet. */
import { createHmac } from 'node:crypto';
import { hostname } from 'node:os';
import { releaseOf } from '@invoq/host/release';
import type { Identity } from '@invoq/store/fleet/fleet-member';
import type { ApiSettings } from '../settings';

export function identityOf(id: string, { partitions, syncCarrier, blobSecret, format }: ApiSettings): Identity {
  return {
    id,
    app: 'api',
    host: hostname(),
    pid: process.pid,
    release: releaseOf(),
    format,
    settings: { INVOQ_PARTITIONS: String(partitions), INVOQ_SYNC_LANE: syncCarrier },
    // One that was made here is kept with the blobs, so that all who share them have it.
    secrets: blobSecret === undefined ? {} : { INVOQ_BLOB_SECRET: [fingerprintOf(blobSecret)] },
  };
}

function fingerprintOf(secret: string): string {
  return createHmac('sha256', secret).update('fingerprint').digest('base64url').slice(0, 12);
}
