/** Routes of callbacks: what became of one, and once more. */
import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequireScope } from '../../auth/access';
import { callerOf } from '../../auth/current-caller';
import { send } from '../../http/send';
import { Gateway } from '../gateway';
import { DeliveriesDocs, NativeDocs, ResendDocs } from './native.docs';
import { dataReply } from '../../http/envelope';

@NativeDocs()
@Controller('v1/invocations/:requestID/deliveries')
export class DeliveriesController {
  constructor(private readonly gateway: Gateway) {}

  /** Tells whether an invocation's callback was delivered, and what came of each try. */
  @Get()
  @RequireScope('read')
  @DeliveriesDocs()
  async read(
    @Param('requestID') requestID: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const deliveries = await this.gateway.deliveries(callerOf(request), requestID);
    send(reply, dataReply(requestID, JSON.stringify(deliveries)));
  }

  /** Delivers the callback once more, with the same `webhook-id`, whatever came of it before. */
  @Post('resend')
  @RequireScope('invoke')
  @HttpCode(202)
  @ResendDocs()
  async resend(
    @Param('requestID') requestID: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const deliveries = await this.gateway.resend(callerOf(request), requestID);
    send(reply, { ...dataReply(requestID, JSON.stringify(deliveries)), status: 202 });
  }
}
