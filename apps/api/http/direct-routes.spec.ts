/** A direct route is called by Fastify; what it throws is answered as elsewhere, and nothing that it would skip is beside it. */
import 'reflect-metadata';
import { type CanActivate, Controller, Get, Module, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RouteConfig, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Direct, DirectRoutesAdapter } from './direct-routes';

@Controller('things')
class Things {
  private readonly prefix = 'thing ';

  @Get(':id')
  @RouteConfig({ access: 'read' })
  @Direct()
  async read(@Req() request: FastifyRequest<{ Params: { id: string } }>, @Res() reply: FastifyReply): Promise<void> {
    const { config } = request.routeOptions;
    if (request.params.id === 'late') await Promise.reject(new Error('late'));
    void reply.send(`${this.prefix}${request.params.id} ${config.access}`);
  }

  @Post()
  @Direct()
  make(@Req() _request: FastifyRequest, @Res() _reply: FastifyReply): Promise<void> {
    throw new Error('at once');
  }
}

class Guard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Controller()
class Guarded {
  @Get()
  @UseGuards(Guard)
  @Direct()
  async read(@Req() _request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void reply.send('');
  }
}

@Controller()
class Piped {
  @Get(':id')
  @Direct()
  async read(@Param('id') _id: string, @Res() reply: FastifyReply): Promise<void> {
    void reply.send('');
  }
}

async function appOf(controller: new () => object): Promise<NestFastifyApplication> {
  class Root {}
  Module({ controllers: [controller] })(Root);
  const adapter = new DirectRoutesAdapter({ skipMiddie: true });
  const app = await NestFactory.create<NestFastifyApplication>(Root, adapter, { logger: false, abortOnError: false });
  adapter.findControllers((type) => app.get(type, { strict: false }));
  adapter.getInstance().decorate('refuse', (error, _request, reply) => {
    void reply.status(400).send(`refused: ${(error as Error).message}`);
  });
  return app;
}

it('answers by the method of its controller, with the config of its route', async () => {
  const app = await appOf(Things);
  await app.init();
  const ask = async (method: 'GET' | 'POST', url: string): Promise<string> => (await app.inject({ method, url })).body;
  expect(await ask('GET', '/things/1')).toBe('thing 1 read');
  expect(await ask('GET', '/things/late')).toBe('refused: late');
  expect(await ask('POST', '/things')).toBe('refused: at once');
  expect((await app.inject({ method: 'GET', url: '/things/' })).statusCode).toBe(404);
  await app.close();
});

it.each([[Guarded], [Piped]])('refuses to start with what a direct route would skip: %p', async (controller) => {
  const app = await appOf(controller);
  await expect(app.init()).rejects.toThrow(`${controller.name}.read is @Direct(): it takes @Req() and @Res() alone`);
  await app.close();
});
