/** The packages that callers and authors of functions install, as `npm run pack` has made them: anybody may download them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import { dataReply } from '../http/envelope';
import { Public } from '../auth/access';
import { send } from '../http/send';

/** Beside the built apps. */
const FOLDER = join(__dirname, '..', '..', '..', 'packages');
const TARBALL = /^invoq-[a-z]+-\d+\.\d+\.\d+\.tgz$/;

@ApiTags('packages')
@Controller('packages')
export class PackagesController {
  /** Lists the tarballs, such as `invoq-client-0.1.0.tgz`. */
  @Get()
  @Public()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(reply, dataReply(request.id, JSON.stringify({ packages: await tarballs() })));
  }

  /** Downloads one: `npm install <URL of this API>/packages/invoq-client-0.1.0.tgz`. */
  @Get(':file')
  @Public()
  async download(@Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    const known = (await tarballs()).find((name) => name === file);
    if (known === undefined)
      throw new Refusal('ROUTE_NOT_FOUND', 'No such package. GET /packages lists them; npm run pack makes them.');
    void reply.type('application/gzip').send(await readFile(join(FOLDER, known)));
  }
}

async function tarballs(): Promise<string[]> {
  return (await readdir(FOLDER).catch(() => [])).filter((name) => TARBALL.test(name)).sort();
}
