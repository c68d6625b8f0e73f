/** Calls on the native wire. What can be read of them: invocations/. */
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequireScope } from '../../auth/access';
import { Direct } from '../../http/direct-routes';
import { checked } from '../../http/validation.pipe';
import { Gateway } from '../gateway';
import { NativeBatch } from './batch';
import { BatchDto } from './batch.dto';
import { InvokeDto } from './invoke.dto';
import { BatchDocs, InvokeDocs, NativeDocs } from './native.docs';
import { NativeDoor } from './native.door';

@NativeDocs()
@Controller('v1/functions/:name/invocations')
export class NativeController {
  private readonly batches: NativeBatch;

  constructor(
    private readonly gateway: Gateway,
    private readonly door: NativeDoor,
  ) {
    this.batches = new NativeBatch(door);
  }

  /** Calls a function and waits for its result, or (with `sync: false`) gets a requestID at once. */
  @Post()
  @RequireScope('invoke', { carrier: 'data', raw: true, callsNamed: true })
  @HttpCode(200)
  @Direct()
  @InvokeDocs()
  invoke(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    // By the rules of the pipe, but not by way of Nest's pipes, which make ten promises for each call.
    return this.gateway.handle(this.door, checked(request.body, InvokeDto, 'body'), request, reply);
  }

  /** Hands many calls of one function over in one request: each gets a requestID, or a refusal of its own. */
  @Post('batch')
  @RequireScope('invoke', { carrier: 'items', raw: true, callsNamed: true })
  @HttpCode(200)
  @BatchDocs()
  batch(@Body() body: BatchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.gateway.handleAll(this.batches, body, request, reply);
  }
}
