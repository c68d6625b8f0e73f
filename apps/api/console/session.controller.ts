/** Signing in and out of the console. The key is shown once; the page keeps a token, and the browser a cookie. */
import { Controller, Delete, Get, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid, Refusal } from '@invoq/contract/refusal';
import { Callers } from '../auth/callers';
import type { Session } from '../auth/sessions';
import { cookieIn, SESSION_COOKIE } from '../http/headers';
import { Public } from '../auth/access';
import { dataReply } from '../http/envelope';
import { send } from '../http/send';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

@ApiExcludeController()
@Controller('console/session')
export class SessionController {
  constructor(private readonly callers: Callers) {}

  /** Who is signed in. `null`: nobody. `open`: there are no keys, and nobody has to. */
  @Get()
  @Public()
  read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.answer(request, reply, this.callers.session(cookieIn(request.headers)));
  }

  @Post()
  @Public()
  signIn(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { key } = (request.body ?? {}) as { key?: unknown };
    if (typeof key !== 'string') throw invalid('key', 'must be a key, such as "<id>.<secret>"');
    const cookie = this.callers.signIn(request.ip, key.trim());
    const session = this.callers.session(cookie);
    if (session !== undefined && session !== 'open')
      void reply.header('set-cookie', setCookie(request, cookie!, (session.expiresAt - Date.now()) / 1_000));
    this.answer(request, reply, session);
  }

  /** Ends the session in this browser. A new secret for the key ends all of them. */
  @Delete()
  @Public()
  signOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const session = this.callers.session(cookieIn(request.headers));
    if (session !== undefined && session !== 'open' && request.headers['x-csrf-token'] !== session.csrf)
      throw new Refusal('FORBIDDEN', 'A request of a session needs its token in X-CSRF-Token.');
    void reply.header('set-cookie', setCookie(request, '', 0));
    this.answer(request, reply, undefined);
  }

  private answer(request: FastifyRequest, reply: FastifyReply, session: Session | 'open' | undefined): void {
    send(reply, dataReply(request.id, JSON.stringify(seen(session))));
  }
}

function seen(session: Session | 'open' | undefined): object | null {
  if (session === undefined) return null;
  if (session === 'open') return { open: true, scopes: ['invoke', 'read', 'admin'], envs: ['*'] };
  const { key, csrf, expiresAt } = session;
  return { id: key.id, scopes: [...key.scopes], envs: key.envs, csrf, expiresAt: new Date(expiresAt).toISOString() };
}

/** Secure beyond loopback: there the browser sends it over TLS alone. */
function setCookie({ hostname, host }: FastifyRequest, value: string, maxAgeS: number): string {
  const name = hostname || host;
  const secure = LOOPBACK.test(name) ? '' : '; Secure';
  return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${Math.floor(maxAgeS)}; HttpOnly; SameSite=Strict${secure}`;
}
