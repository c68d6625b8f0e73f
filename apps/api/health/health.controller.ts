/** `/livez`: this process answers. `/readyz`: it can keep its promises now. Workers do not count: calls wait for them. */
import { Controller, Get, UseFilters } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Public } from '../auth/access';
import { FleetWatch } from '../fleet/fleet-watch';
import { Admission } from '../invocations/admission';
import { StoreIndicator } from './store.indicator';
import { UnreadyFilter } from './unready.filter';

@Controller()
@UseFilters(UnreadyFilter)
export class HealthController {
  private draining = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly store: StoreIndicator,
    private readonly admission: Admission,
    private readonly fleet: FleetWatch,
  ) {}

  @Get('livez')
  @Public()
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Public()
  @HealthCheck({ swaggerDocumentation: false })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.store.check(), () => this.admits(), () => this.fits()]);
  }

  /** From now on it is not ready: it goes on answering for a while, then it refuses calls. */
  drain(): void {
    this.draining = true;
  }

  /** A process that is shutting down: take it out of the rotation. */
  private admits(): HealthIndicatorResult {
    if (this.admission.isOpen && !this.draining) return { admission: { status: 'up' } };
    return { admission: { status: 'down', reason: 'This process is shutting down.' } };
  }

  /** A process whose settings are not those of the fleet would lose what it accepts. */
  private fits(): HealthIndicatorResult {
    const differences = this.fleet.differences();
    return differences.length === 0
      ? { fleet: { status: 'up' } }
      : { fleet: { status: 'down', reason: differences.join(' ') } };
  }
}
