/** The API: its features, and what they share. */
import { type DynamicModule, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from '@invoq/host/log';
import type { Tracing } from '@invoq/host/tracing/tracing';
import { AuthModule } from './auth/auth.module';
import { BlobsModule } from './blobs/blobs.module';
import { CallbacksModule } from './callbacks/callbacks.module';
import { ConsoleModule } from './console/console.module';
import { DeadLettersModule } from './dead-letters/dead-letters.module';
import { DoorsModule } from './doors/doors.module';
import { FleetWatch } from './fleet/fleet-watch';
import { FleetModule } from './fleet/fleet.module';
import { HealthModule } from './health/health.module';
import { HttpModule } from './http/http.module';
import { InvocationsModule } from './invocations/invocations.module';
import { OperationsModule } from './operations/operations.module';
import { PackagesModule } from './packages/packages.module';
import { ProcessModule } from './process/process.module';
import { StoreModule } from './process/store.module';
import { SchedulesModule } from './schedules/schedules.module';
import type { ApiSettings } from './settings';
import { StatsModule } from './stats/stats.module';

const SHARED = [StoreModule, AuthModule, HttpModule];
const FEATURES = [
  DoorsModule,
  InvocationsModule,
  DeadLettersModule,
  SchedulesModule,
  CallbacksModule,
  BlobsModule,
  FleetModule,
  OperationsModule,
  StatsModule,
  PackagesModule,
  HealthModule,
  ConsoleModule,
];

@Module({})
export class ApiModule implements OnApplicationBootstrap {
  static with(settings: ApiSettings, log: Logger, tracing: Tracing | undefined): DynamicModule {
    return { module: ApiModule, imports: [ProcessModule.with(settings, log, tracing), ...SHARED, ...FEATURES] };
  }

  constructor(private readonly fleet: FleetWatch) {}

  /** After all features: from now on heartbeats say that this process takes calls. */
  async onApplicationBootstrap(): Promise<void> {
    await this.fleet.start();
  }
}
