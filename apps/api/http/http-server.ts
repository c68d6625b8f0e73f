/** Sets up what looks at a request before a controller does, in the order in which it looks. */
import { Inject, Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import type { Tracing } from '@invoq/host/tracing/tracing';
import { Callers } from '../auth/callers';
import { CallerGuard } from '../auth/caller.guard';
import type { LiveKeys } from '../auth/live-keys';
import { Invocations } from '../invocations/invocations';
import { KEYS, LOG, SETTINGS, TRACING } from '../process/tokens';
import type { ApiSettings } from '../settings';
import { logRequests } from './access-log';
import { answerBrokenRequests } from './broken-requests';
import { corsOptions } from './cors';
import type { DirectRoutesAdapter } from './direct-routes';
import { envelopValues } from './envelope';
import { Refusals } from './refusals';
import { configureHttp } from './http-adapter';
import { checkFunctions } from './known-function';
import { serveLocalCallersOnly } from './local-callers';
import { measureRequests } from './measure-requests';
import { guardOperatorPages } from './operator-pages';
import { RefusalFilter } from './refusal.filter';
import { traceRequests } from './trace-requests';

@Injectable()
export class HttpServer {
  constructor(
    @Inject(SETTINGS) private readonly settings: ApiSettings,
    @Inject(LOG) private readonly log: Logger,
    @Inject(TRACING) private readonly tracing: Tracing | undefined,
    @Inject(KEYS) private readonly keys: LiveKeys | undefined,
    private readonly metrics: Metrics,
    private readonly refusals: Refusals,
    private readonly filter: RefusalFilter,
    private readonly callers: Callers,
    private readonly guard: CallerGuard,
    private readonly invocations: Invocations,
  ) {}

  /** Before any route is made. */
  prepare(app: NestFastifyApplication): void {
    const { settings, refusals, callers } = this;
    const adapter = app.getHttpAdapter() as DirectRoutesAdapter;
    adapter.findControllers((type) => app.get(type, { strict: false }));
    const fastify = adapter.getInstance();
    this.filter.serve(fastify);
    measureRequests(fastify, this.metrics);
    if (this.tracing) traceRequests(fastify, this.tracing);
    if (settings.accessLog) logRequests(fastify, this.log);
    answerBrokenRequests(fastify, settings.partitions, refusals);
    if (!this.keys) serveLocalCallersOnly(fastify, settings);
    guardOperatorPages(fastify, settings, callers);
    configureHttp(fastify, settings);
    this.guard.standBefore(fastify);
    envelopValues(fastify);
    checkFunctions(fastify, this.invocations, settings.bodyLimitBytes);
    if (settings.corsOrigins.length > 0) app.enableCors(corsOptions(settings.corsOrigins));
  }

  /** For the log, once it listens. */
  listening(app: NestFastifyApplication): { event: string; host: string; port: number; keys: number | 'none' } {
    const { port } = app.getHttpServer().address() as { port: number };
    return { event: 'listening', host: this.settings.host, port, keys: this.keys?.now().size ?? 'none' };
  }
}
