/** The HTTP server: one filter that answers every error, one pipe that checks every body. */
import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { InvocationsModule } from '../invocations/invocations.module';
import { Refusals } from './refusals';
import { HttpServer } from './http-server';
import { Preferences } from './preferences';
import { RecentAnswers } from './recent-answers';
import { RefusalFilter } from './refusal.filter';
import { DtoPipe } from './validation.pipe';

@Global()
@Module({
  imports: [InvocationsModule],
  providers: [
    Refusals,
    HttpServer,
    Preferences,
    RecentAnswers,
    RefusalFilter,
    { provide: APP_FILTER, useExisting: RefusalFilter },
    { provide: APP_PIPE, useClass: DtoPipe },
  ],
  exports: [Refusals, Preferences, RecentAnswers],
})
export class HttpModule {}
