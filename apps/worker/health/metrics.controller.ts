/** `/metrics` in Prometheus' text form; slots and sandboxes are read at each scrape. */
import { Controller, Get, Res } from '@nestjs/common';
import { Executor } from '@invoq/executor/executor';
import { Metrics } from '@invoq/host/metrics';
import type { FastifyReply } from 'fastify';
import { LaneRunner } from '../lane-runner';

@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    lanes: LaneRunner,
    executor: Executor,
  ) {
    metrics.onScrape(() => {
      for (const { queue, lane, slots, busy } of lanes.usage()) {
        metrics.slots.set({ queue, lane, state: 'busy' }, busy);
        metrics.slots.set({ queue, lane, state: 'free' }, slots - busy);
      }
      for (const [state, count] of Object.entries<number>({ ...executor.stats() }))
        metrics.sandboxes.set({ state }, count);
    });
  }

  @Get()
  async read(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', this.metrics.contentType).send(await this.metrics.text());
  }
}
