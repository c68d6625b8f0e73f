/** `/console/`: one page for every address below it, and the files that it loads, whose names change with their content. */
import { randomBytes } from 'node:crypto';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import { Public } from '../auth/access';
import { ConsoleFiles } from './console-files';

const YEAR_S = 31_536_000;

@ApiExcludeController()
@Controller()
export class ConsoleController {
  constructor(private readonly files: ConsoleFiles) {}

  /** A browser is redirected to the console. Programs get 404. */
  @Get()
  @RouteConfig({ access: 'public', hidden: true })
  root(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!(request.headers.accept ?? '').includes('text/html'))
      throw new Refusal(
        'ROUTE_NOT_FOUND',
        'There is nothing at GET /. The page /docs of the API lists all addresses; the console is at /console/.',
      );
    void reply.header('vary', 'accept').redirect('/console/', 302);
  }

  @Get('console/assets/:name')
  @Public()
  asset(@Param('name') name: string, @Req() { headers }: FastifyRequest, @Res() reply: FastifyReply): void {
    const asset = this.files.asset(name);
    if (!asset) throw new Refusal('ROUTE_NOT_FOUND', 'The console has no such file. Load its page again.');
    const packs = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
    if (packs) void reply.header('content-encoding', 'gzip');
    void reply
      .type(asset.type)
      .header('vary', 'accept-encoding')
      .header('cache-control', `public, max-age=${YEAR_S}, immutable`)
      .send(packs ? asset.gzip : asset.plain);
  }

  @Get(['console', 'console/*'])
  @Public()
  page(@Res() reply: FastifyReply): void {
    const nonce = randomBytes(16).toString('base64');
    const html = this.files.page(nonce);
    if (html === undefined)
      throw new Refusal('ROUTE_NOT_FOUND', 'The console was not built. Run `npm run build` and start the API again.');
    void reply.type('text/html; charset=utf-8').header('content-security-policy', policyWith(nonce)).send(html);
  }
}

/** `nonce`: for the styles that the editor inserts. */
function policyWith(nonce: string): string {
  return (
    `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; ` +
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
  );
}
