/** `/livez`: this process answers. `/readyz`: it takes calls, agrees with the fleet, and Redis is there to record how they end. */
import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { Redis } from '@invoq/store/connection/connection';
import { storeHealth } from '@invoq/store/connection/store-health';
import { Duty } from '../duty';
import { REDIS } from '../tokens';

@Controller()
export class HealthController {
  private draining = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @Inject(REDIS) private readonly redis: Redis,
    private readonly duty: Duty,
  ) {}

  @Get('livez')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      async () => {
        const { fit, reason } = await storeHealth(this.redis);
        const indicator = this.indicators.check('store');
        return fit ? indicator.up() : indicator.down({ reason });
      },
      () => {
        const reasons = [...this.duty.reasons(), ...this.duty.complaints()];
        const indicator = this.indicators.check('fleet');
        return reasons.length === 0 ? indicator.up() : indicator.down({ reason: reasons.join(' ') });
      },
      () => {
        const indicator = this.indicators.check('lanes');
        if (this.draining) return indicator.down({ reason: 'This process is shutting down.' });
        return this.duty.isDrained ? indicator.down({ reason: 'An operator drains this worker.' }) : indicator.up();
      },
    ]);
  }

  drain(): void {
    this.draining = true;
  }
}
