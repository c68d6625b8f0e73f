/** `/livez`: this process answers. `/readyz`: it takes calls, and Redis is there to record how they end. */
import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { Redis } from '@invoq/store/connection';
import { storeHealth } from '@invoq/store/store-health';
import { REDIS } from '../tokens';

@Controller()
export class HealthController {
  private draining = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @Inject(REDIS) private readonly redis: Redis,
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
      () => ({ lanes: { status: this.draining ? 'down' : 'up' } }),
    ]);
  }

  drain(): void {
    this.draining = true;
  }
}
