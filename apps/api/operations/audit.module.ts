/** The log of what operators change, for every feature that they change something of. */
import { Module } from '@nestjs/common';
import { AuditStore } from '@invoq/store/operators/audit-store';
import { made } from '../process/made';
import { REDIS } from '../process/tokens';
import { AuditLog } from './audit-log';

@Module({
  providers: [made(AuditLog, [REDIS], (redis) => new AuditLog(new AuditStore(redis)))],
  exports: [AuditLog],
})
export class AuditModule {}
