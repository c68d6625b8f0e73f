/** Routes of MinApp: those of its SDK (`/hserve`), and those of its Open API and its command line (`/oserve`). */
import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isEnded } from '@invoq/contract/invocation';
import { RequireScope } from '../../auth/access';
import { callerOf } from '../../auth/current-caller';
import { publicUrl } from '../../http/public-url';
import { send } from '../../http/send';
import { Gateway } from '../gateway';
import { jsonHeaders } from '../../http/headers';
import { JobDto } from './job.dto';
import { jobPage, readJobQuery } from './jobs';
import { MinappDebugDoor } from './minapp-debug.door';
import { MinappDoor, resultJson } from './minapp.door';

@ApiTags('minapp')
@Controller()
export class MinappController {
  constructor(
    private readonly gateway: Gateway,
    private readonly door: MinappDoor,
    private readonly debugDoor: MinappDebugDoor,
  ) {}

  /** `BaaS.invoke(name, params, sync)` of minapp-sdk, and the Web API. */
  @Post('hserve/v1/cloud-function/job')
  @RequireScope('invoke', { carrier: 'data', raw: true })
  @HttpCode(200)
  invoke(@Body() body: JobDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.gateway.handle(this.door, body, request, reply);
  }

  /** Open API: calls the function that the body names. */
  @Post('oserve/v1/cloud-function/job')
  @RequireScope('invoke', { carrier: 'data', raw: true })
  @HttpCode(200)
  start(@Body() body: JobDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.gateway.handle(this.door, body, request, reply);
  }

  /** Open API: calls the function that the path names. */
  @Post('oserve/v1.3/cloud-function/:name/job')
  @RequireScope('invoke', { carrier: 'data', raw: true, callsNamed: true })
  @HttpCode(200)
  startNamed(@Body() body: JobDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.gateway.handle(this.door, body, request, reply);
  }

  /** `mincloud invoke`: the answer, what the function printed, and what it took. */
  @Post('oserve/v1.3/cloud-function/:name/debug')
  @RequireScope('invoke', { carrier: 'data', raw: true, callsNamed: true })
  @HttpCode(200)
  debug(@Body() body: JobDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.gateway.handle(this.debugDoor, body, request, reply);
  }

  /** Open API: the calls of a function, newest first. */
  @Get('oserve/v1.3/cloud-function/:name/job')
  @RequireScope('read')
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'offset', required: false })
  @ApiQuery({ name: 'source', required: false })
  @ApiQuery({ name: 'status', required: false })
  @ApiQuery({ name: 'service_type', required: false })
  @ApiQuery({ name: 'created_at__gte', required: false, description: 'Seconds since the epoch.' })
  @ApiQuery({ name: 'created_at__lte', required: false, description: 'Seconds since the epoch.' })
  async list(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = readJobQuery(request.query as Record<string, string>);
    const calls = await this.gateway.past(callerOf(request), name, query);
    const path = `/oserve/v1.3/cloud-function/${name}/job/`;
    const body = JSON.stringify(jobPage(calls, query, path, publicUrl(undefined, request)));
    send(reply, { status: 200, headers: jsonHeaders(request.id), body });
  }

  /** `BaaS.getAsyncJobResult(id)`: how an async call stands, and its result once there is one. */
  @Get('hserve/v1/bulk-operation/:id')
  @RequireScope('read')
  async result(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { status, envelope } = await this.gateway.read(callerOf(request), id);
    const result =
      isEnded(status) && envelope !== undefined
        ? resultJson({ kind: 'ended', requestID: id, status, envelope })
        : undefined;
    const head = `{"id":"${id}","status":"${result === undefined ? 'pending' : 'success'}"`;
    // A run that the platform ended is reported like a failed one.
    const resultText = typeof result === 'object' ? JSON.stringify({ code: 1, data: null, error: result }) : result;
    const body = resultText === undefined ? `${head}}` : `${head},"result":${resultText}}`;
    send(reply, { status: 200, headers: jsonHeaders(id), body });
  }
}
