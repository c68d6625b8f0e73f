/** The HTTP server: one filter that answers every error, one pipe that checks every body. */
import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { BlobsModule } from '../blobs/blobs.module';
import { InvocationsModule } from '../invocations/invocations.module';
import { Faults } from './faults';
import { HttpServer } from './http-server';
import { RefusalFilter } from './refusal.filter';
import { DtoPipe } from './validation.pipe';

@Global()
@Module({
  imports: [InvocationsModule, BlobsModule],
  providers: [
    Faults,
    HttpServer,
    RefusalFilter,
    { provide: APP_FILTER, useExisting: RefusalFilter },
    { provide: APP_PIPE, useClass: DtoPipe },
  ],
  exports: [Faults],
})
export class HttpModule {}
