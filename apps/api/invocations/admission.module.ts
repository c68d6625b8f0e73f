/** Who is let in: rates, and room in Redis. From the shutdown on, nobody. */
import { type BeforeApplicationShutdown, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { RateStore } from '@invoq/store/limits/rate-store';
import type { ByteQuotas } from '@invoq/store/submission/submission';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS } from '../process/tokens';
import type { ApiSettings } from '../settings';
import { Admission } from './admission';
import { Room } from './room';

@Module({
  providers: [
    made(
      Admission,
      [REDIS, SETTINGS, FleetMember],
      (redis, settings, fleet) => new Admission(new RateStore(redis), settings, () => fleet.refusals),
    ),
    made(
      Room,
      [REDIS, SETTINGS, CONNECTIONS],
      (redis, settings, { onError }) =>
        new Room(redis, {
          ...quotasOf(settings),
          maxKept: settings.maxKeptBytes,
          fullAt: settings.storeFullAt / 100,
          onError,
        }),
    ),
  ],
  exports: [Admission, Room],
})
export class AdmissionModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly admission: Admission,
    private readonly room: Room,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.room.start();
  }

  beforeApplicationShutdown(): void {
    this.admission.close();
  }

  onApplicationShutdown(): void {
    this.room.stop();
  }
}

/** Bytes that the calls of one env may hold in one partition. */
export function quotasOf({ maxQueuedBytes, maxDeadBytes }: ApiSettings): ByteQuotas {
  return { maxWaiting: maxQueuedBytes, maxDead: maxDeadBytes };
}
