/** Async calls that failed for good. */
import { Module } from '@nestjs/common';
import { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import { Invocations } from '../invocations/invocations';
import { InvocationsModule } from '../invocations/invocations.module';
import { AuditModule } from '../operations/audit.module';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS } from '../process/tokens';
import { DeadLetterOffice } from './dead-letter-office';
import { DeadLettersController } from './dead-letters.controller';

@Module({
  imports: [InvocationsModule, AuditModule],
  controllers: [DeadLettersController],
  providers: [
    made(DeadLetters, [REDIS, SETTINGS], (redis, { partitions }) => new DeadLetters(redis, partitions)),
    made(
      DeadLetterOffice,
      [DeadLetters, Invocations, SETTINGS, CONNECTIONS],
      (letters, invocations, { partitions }, { onFault }) =>
        new DeadLetterOffice(letters, invocations, partitions, onFault),
    ),
  ],
  exports: [DeadLetters, DeadLetterOffice],
})
export class DeadLettersModule {}
