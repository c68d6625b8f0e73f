/** Uploads, and results too large for a record: beside Redis, in a folder or a bucket. */
import { Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { defaultPlace } from '@invoq/blobs/blob-place';
import type { BlobStore } from '@invoq/blobs/blob-store';
import { openBlobs } from '@invoq/blobs/open-blobs';
import type { Logger } from '@invoq/host/log';
import { AskedSetting } from '@invoq/store/fleet/asked-setting';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { KeptBlobs } from '@invoq/store/limits/kept-blobs';
import { ClusterLock } from '@invoq/store/background/cluster-lock';
import { AllPlaces } from '../auth/all-places';
import { AdmissionModule } from '../invocations/admission.module';
import { made } from '../process/made';
import { BLOB_STORE, CONNECTIONS, LOG, REDIS, SETTINGS } from '../process/tokens';
import { BlobLinks } from './blob-links';
import { BlobQuota } from './blob-quota';
import { BlobSweeper } from './blob-sweeper';
import { Blobs } from './blobs';
import { BlobsController } from './blobs.controller';
import { linkSecret } from './link-secret';

@Module({
  imports: [AdmissionModule],
  controllers: [BlobsController],
  providers: [
    made(BLOB_STORE, [SETTINGS], ({ blobs, data }) => openBlobs(blobs ?? defaultPlace(data))),
    made(BlobLinks, [SETTINGS, LOG], (settings, log) => new BlobLinks(linkSecret(settings, log))),
    made(BlobQuota, [REDIS, SETTINGS], (redis, { maxBlobBytes }) => new BlobQuota(new KeptBlobs(redis), maxBlobBytes)),
    made(
      Blobs,
      [BLOB_STORE, BlobLinks, AllPlaces, BlobQuota, SETTINGS],
      (store, links, { uploads, openResults }, quota, { blobLimitBytes: maxBytes, blobLifeMs: lifeMs }) =>
        new Blobs(store, links, uploads, openResults, quota, { maxBytes, lifeMs }),
    ),
    made(
      BlobSweeper,
      [BLOB_STORE, ClusterLock, CONNECTIONS, LOG],
      (store, turns, { replyTo: who }, log) =>
        new BlobSweeper(store, turns, {
          who,
          onError: (err) => log.warn({ err }, 'expired blobs could not be dropped'),
        }),
    ),
    made(
      AskedSetting,
      [FleetMember, BLOB_STORE],
      (fleet, store) => new AskedSetting(fleet, { setting: 'INVOQ_BLOBS', ask: () => store.identity() }),
    ),
  ],
  exports: [Blobs],
})
export class BlobsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @Inject(LOG) private readonly log: Logger,
    private readonly sweeper: BlobSweeper,
    private readonly place: AskedSetting,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.sweeper.start();
    // Small calls need no blobs, so this is no reason not to serve them.
    void this.store
      .check()
      .catch((err: unknown) => this.log.warn({ err }, 'large fields and results cannot be kept now'));
    await this.place.start();
  }

  onApplicationShutdown(): void {
    this.sweeper.stop();
    this.place.stop();
    this.store.close();
  }
}
