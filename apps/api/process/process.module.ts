/** What the process has as a whole, for every feature: its settings, its log and its metrics. */
import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import type { ApiSettings } from '../settings';
import { LOG, SETTINGS } from './tokens';

@Global()
@Module({})
export class ProcessModule {
  static with(settings: ApiSettings, log: Logger): DynamicModule {
    return {
      module: ProcessModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOG, useValue: log },
        { provide: Metrics, useValue: new Metrics({ app: 'api' }) },
      ],
      exports: [SETTINGS, LOG, Metrics],
    };
  }
}
