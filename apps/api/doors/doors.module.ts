/** The doors: one for each wire protocol, all of them on the one road of the gateway. */
import { Global, Module } from '@nestjs/common';
import { InvocationsModule } from '../invocations/invocations.module';
import type { Wire } from '../http/wire';
import { WIRES } from '../process/tokens';
import type { Door } from './door';
import { Doors, DOORS } from './doors';
import { Gateway } from './gateway';

const ALL = DOORS.flatMap(({ doors }) => doors);

/** Global, as the HTTP server asks which wire a request is on. */
@Global()
@Module({
  imports: [InvocationsModule],
  controllers: DOORS.flatMap(({ controllers }) => controllers),
  providers: [
    Gateway,
    ...ALL,
    { provide: WIRES, inject: ALL, useFactory: (...doors: (Wire & Door<never>)[]) => new Doors(doors) },
  ],
  exports: [WIRES],
})
export class DoorsModule {}
