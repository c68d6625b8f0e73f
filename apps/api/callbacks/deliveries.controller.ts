/** Routes of callbacks: what became of one, and once more. On the native wire. */
import { Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { dataReply } from '../http/envelope';
import { send } from '../http/send';
import { DeliveryLog } from '../invocations/delivery-log';
import { AuditLog, type Operator } from '../operations/audit-log';
import { CurrentOperator } from '../operations/operator';
import { DeliveriesDocs, ResendDocs } from './deliveries.docs';

@ApiTags('native')
@ApiBearerAuth()
@Controller('v1/invocations/:requestID/deliveries')
export class DeliveriesController {
  constructor(
    private readonly log: DeliveryLog,
    private readonly audit: AuditLog,
  ) {}

  /** Tells whether an invocation's callback was delivered, and what came of each try. */
  @Get()
  @RequireScope('read')
  @DeliveriesDocs()
  async read(
    @Param('requestID') requestID: string,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, dataReply(requestID, JSON.stringify(await this.log.read(caller, requestID))));
  }

  /** Delivers the callback once more, with the same `webhook-id`, whatever came of it before. */
  @Post('resend')
  @RequireScope('invoke')
  @HttpCode(202)
  @ResendDocs()
  async resend(
    @Param('requestID') requestID: string,
    @CurrentOperator() operator: Operator,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { caller } = operator;
    const deliveries = await this.log.resend(caller, requestID);
    await this.audit.note(operator, { action: 'callback.resend', target: requestID, env: caller.env });
    send(reply, { ...dataReply(requestID, JSON.stringify(deliveries)), status: 202 });
  }
}
