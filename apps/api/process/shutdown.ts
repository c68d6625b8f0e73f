/** An orderly end of the API: out of the rotation, then no new calls, then the answers that are due, then out of Redis. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import type { ShutdownOptions } from '@invoq/host/shutdown';
import type { Logger } from '@invoq/host/log';
import type { Tracing } from '@invoq/host/tracing/tracing';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { HealthController } from '../health/health.controller';
import type { ApiSettings } from '../settings';
import { REDIS } from './tokens';
import type { Redis } from '@invoq/store/connection/connection';

/** For leaving Redis, ms. */
const LEAVE_MS = 1_000;
/** For delivering the last spans, ms. */
const FLUSH_MS = 800;

/**
 * Nest's hooks do the work of the second step: `beforeApplicationShutdown` refuses new calls, then the server answers what
 * it has, then `onApplicationShutdown` ends what runs beside. Each step ends in its time, whatever the one before came to.
 */
export function orderlyEnd(
  app: INestApplicationContext,
  settings: ApiSettings,
  log: Logger,
  tracing: Tracing | undefined,
): ShutdownOptions {
  const { shutdownDelayMs, graceMs } = settings;
  return {
    log,
    graceMs: shutdownDelayMs + graceMs + LEAVE_MS,
    steps: [
      { name: 'be taken out of the rotation', limitMs: shutdownDelayMs + 100, run: depart },
      { name: 'answer those that wait', limitMs: graceMs, run: () => app.close() },
      { name: 'leave Redis', limitMs: LEAVE_MS, run: leave },
    ],
  };

  /** Calls are served as before, while `/readyz` tells balancers to send no more. */
  async function depart(): Promise<void> {
    app.get(HealthController, { strict: false }).drain();
    await sleep(shutdownDelayMs);
  }

  async function leave(): Promise<void> {
    await Promise.all([app.get(FleetMember, { strict: false }).leave(), tracing?.close(FLUSH_MS)]);
    app.get<Redis>(REDIS, { strict: false }).disconnect();
  }
}
