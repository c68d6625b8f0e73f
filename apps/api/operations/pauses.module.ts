/** Queues and functions whose calls are held back, as this process knows them. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { PauseStore } from '@invoq/store/operators/pause-store';
import { StatsWriter } from '@invoq/store/stats/stats-writer';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS } from '../process/tokens';
import { Pauses } from './pauses';

@Module({
  providers: [
    made(
      PauseStore,
      [REDIS, SETTINGS, StatsWriter],
      (redis, { partitions }, { count }) => new PauseStore(redis, partitions, count),
    ),
    made(
      Pauses,
      [PauseStore, FunctionStore, CONNECTIONS],
      (store, functions, { onError }) => new Pauses(store, functions, onError),
    ),
  ],
  exports: [Pauses],
})
export class PausesModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly pauses: Pauses) {}

  onApplicationBootstrap(): void {
    this.pauses.start();
  }

  onApplicationShutdown(): void {
    this.pauses.stop();
  }
}
