/** Requests that are held open until something happens, and the channel on which this process is notified of it. */
import { type BeforeApplicationShutdown, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Metrics } from '@invoq/host/metrics';
import { OutcomeChannel } from '@invoq/queue/outcome-channel';
import { RecordReader } from '@invoq/store/record/record-reader';
import { AllPlaces } from '../auth/all-places';
import type { Connections } from '../process/connections';
import { made } from '../process/made';
import { CONNECTIONS } from '../process/tokens';
import { Followers } from './followers';
import { Waiters } from './waiters';

@Module({
  providers: [
    made(
      Waiters,
      [RecordReader, AllPlaces, CONNECTIONS],
      (reader, { waits }, { onError }) => new Waiters(reader, waits, onError),
    ),
    made(Followers, [RecordReader, AllPlaces], (reader, { streams }) => new Followers(reader, streams)),
    made(OutcomeChannel, [CONNECTIONS], ({ subscriber, replyTo }) => new OutcomeChannel(subscriber, replyTo)),
  ],
  exports: [Waiters, Followers],
})
export class WaitingModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly waiters: Waiters,
    private readonly followers: Followers,
    private readonly channel: OutcomeChannel,
    private readonly places: AllPlaces,
    private readonly metrics: Metrics,
    @Inject(CONNECTIONS) private readonly connections: Connections,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { metrics, places, waiters } = this;
    metrics.onScrape(() => places.all.forEach(({ name, taken }) => metrics.placesTaken.set({ of: name }, taken)));
    metrics.onScrape(() => metrics.waiters.set(waiters.size));
    this.connections.subscriber.on('close', () => waiters.onDisconnected());
    await this.channel.open(waiters, this.followers);
  }

  /** They would hold this process up for as long as it may be; they go on at another one. */
  beforeApplicationShutdown(): void {
    this.followers.close();
  }

  onApplicationShutdown(): void {
    this.waiters.close();
    this.channel.close();
  }
}
