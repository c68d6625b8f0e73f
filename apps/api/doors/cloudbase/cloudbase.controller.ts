/** Routes of CloudBase. */
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequireScope } from '../../auth/access';
import { Gateway } from '../gateway';
import { AdminDto } from './admin.dto';
import { CloudbaseDoor } from './cloudbase.door';
import { CloudbaseHttpDoor } from './cloudbase-http.door';

@ApiTags('cloudbase')
@Controller()
export class CloudbaseController {
  constructor(
    private readonly gateway: Gateway,
    private readonly door: CloudbaseDoor,
    private readonly httpDoor: CloudbaseHttpDoor,
  ) {}

  /** `callFunction` of wx-server-sdk and @cloudbase/node-sdk, signed with TC3-HMAC-SHA256 or with a Bearer key. */
  @Post('admin')
  @RequireScope('invoke', { carrier: 'request_data' })
  @HttpCode(200)
  admin(@Body() body: AdminDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.gateway.handle(this.door, body, request, reply);
  }

  /** `callFunction` of @cloudbase/js-sdk in its CLOUD_API mode: the key is `access_token` in the body. */
  @Post('web')
  @RequireScope('invoke', { carrier: 'request_data' })
  @HttpCode(200)
  web(@Body() body: AdminDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.gateway.handle(this.door, body, request, reply);
  }

  /** CloudBase's HTTP API, and `callFunction` of @cloudbase/js-sdk by default: body in is the event, body out the result. */
  @Post('v1/functions/:name')
  @RequireScope('invoke', { carrier: 'body', raw: true, callsNamed: true })
  @HttpCode(200)
  @ApiBody({ description: 'The event: any JSON.', schema: {} })
  call(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.gateway.handle(this.httpDoor, body, request, reply);
  }
}
