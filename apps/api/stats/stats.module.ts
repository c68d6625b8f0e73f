/** What was counted of the calls that ended. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { settledWithin } from '@invoq/queue/lane-consumer';
import { StatsReader } from '@invoq/store/stats/stats-reader';
import { StatsWriter } from '@invoq/store/stats/stats-writer';
import { made } from '../process/made';
import { REDIS } from '../process/tokens';
import { StatsController } from './stats.controller';
import { StatsService } from './stats.service';

/** For what was counted last, ms: Redis may be away. */
const LAST_MS = 500;

@Module({
  controllers: [StatsController],
  providers: [made(StatsService, [REDIS], (redis) => new StatsService(new StatsReader(redis)))],
})
export class StatsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly writer: StatsWriter) {}

  onApplicationBootstrap(): void {
    this.writer.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await settledWithin(this.writer.end(), LAST_MS);
  }
}
