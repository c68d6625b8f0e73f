/** Is Redis fit to hold records now? A terminus indicator. */
import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { storeHealth } from '@invoq/store/connection/store-health';
import type { Connections } from '../process/connections';
import { CONNECTIONS } from '../process/tokens';

@Injectable()
export class StoreIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    @Inject(CONNECTIONS) private readonly connections: Connections,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const { fit, reason } = await storeHealth(this.connections.redis);
    const indicator = this.indicators.check('store');
    return fit ? indicator.up() : indicator.down({ reason });
  }
}
