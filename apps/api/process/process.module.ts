/** What the process has as a whole, for every feature: its settings, its log, its metrics and its traces. */
import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import type { Tracing } from '@invoq/host/tracing/tracing';
import type { ApiSettings } from '../settings';
import { LOG, SETTINGS, TRACING } from './tokens';

@Global()
@Module({})
export class ProcessModule {
  static with(settings: ApiSettings, log: Logger, tracing: Tracing | undefined): DynamicModule {
    return {
      module: ProcessModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOG, useValue: log },
        { provide: TRACING, useValue: tracing },
        { provide: Metrics, useValue: new Metrics({ app: 'api' }) },
      ],
      exports: [SETTINGS, LOG, TRACING, Metrics],
    };
  }
}
