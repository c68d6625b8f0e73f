/** Async calls that failed for good. */
import { Module } from '@nestjs/common';
import { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import { Invocations } from '../invocations/invocations';
import { InvocationsModule } from '../invocations/invocations.module';
import { AuditModule } from '../operations/audit.module';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS } from '../process/tokens';
import { DeadLetterService } from './dead-letter.service';
import { DeadLettersController } from './dead-letters.controller';

@Module({
  imports: [InvocationsModule, AuditModule],
  controllers: [DeadLettersController],
  providers: [
    made(DeadLetters, [REDIS, SETTINGS], (redis, { partitions }) => new DeadLetters(redis, partitions)),
    made(
      DeadLetterService,
      [DeadLetters, Invocations, SETTINGS, CONNECTIONS],
      (letters, invocations, { partitions }, { onError }) =>
        new DeadLetterService(letters, invocations, partitions, onError),
    ),
  ],
  exports: [DeadLetters, DeadLetterService],
})
export class DeadLettersModule {}
