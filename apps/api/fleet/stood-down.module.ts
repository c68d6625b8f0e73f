/** Functions of which every worker is drained, as this process knows them. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { TurningAway } from '@invoq/store/operators/turning-away';
import { StatsWriter } from '@invoq/store/stats/stats-writer';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS } from '../process/tokens';
import { StoodDown } from './stood-down';

@Module({
  providers: [
    made(
      TurningAway,
      [REDIS, SETTINGS, StatsWriter],
      (redis, { partitions }, { count }) => new TurningAway(redis, partitions, count),
    ),
    made(
      StoodDown,
      [FleetStore, TurningAway, CONNECTIONS],
      (fleet, turning, { onError }) => new StoodDown(fleet, turning, onError),
    ),
  ],
  exports: [StoodDown],
})
export class StoodDownModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly stoodDown: StoodDown) {}

  onApplicationBootstrap(): void {
    this.stoodDown.start();
  }

  onApplicationShutdown(): void {
    this.stoodDown.stop();
  }
}
