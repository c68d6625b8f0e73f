/** Whether this process is fit, and what it measures: `/livez`, `/readyz`, `/metrics`. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Metrics } from '@invoq/host/metrics';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
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
      FleetGauges,
      [REDIS, FleetMember, Room, SETTINGS, CONNECTIONS],
      (redis, fleet, room, { partitions }, { onError }) => new FleetGauges(redis, fleet, room, { partitions, onError }),
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
