/** Whether this process is fit, and what it measures: `/livez`, `/readyz`, `/metrics`. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Metrics } from '@invoq/host/metrics';
import { Activity } from '@invoq/store/background/activity';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { FleetSnapshots } from '@invoq/store/fleet/fleet-snapshot';
import { FleetModule } from '../fleet/fleet.module';
import { AdmissionModule } from '../invocations/admission.module';
import { Room } from '../invocations/room';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS } from '../process/tokens';
import { FleetGauges } from './fleet-gauges';
import { HealthController } from './health.controller';
import { MetricsController } from './metrics.controller';
import { StoreIndicator } from './store.indicator';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), AdmissionModule, FleetModule],
  controllers: [HealthController, MetricsController],
  providers: [
    StoreIndicator,
    made(
      FleetSnapshots,
      [REDIS, Activity, SETTINGS],
      (redis, activity, { partitions }) => new FleetSnapshots(redis, activity, partitions),
    ),
    made(
      FleetGauges,
      [REDIS, FleetMember, Room, FleetSnapshots, CONNECTIONS],
      (redis, fleet, room, snapshots, { onError }) => new FleetGauges(redis, fleet, room, snapshots, { onError }),
    ),
  ],
})
export class HealthModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly gauges: FleetGauges,
    private readonly metrics: Metrics,
  ) {}

  onApplicationBootstrap(): void {
    this.gauges.attachTo(this.metrics);
    this.gauges.start();
  }

  onApplicationShutdown(): void {
    this.gauges.stop();
  }
}
