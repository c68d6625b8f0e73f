/** The API process: from settings to listening. How it ends: process/shutdown.ts. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { bootstrap, StartError } from '@invoq/host/bootstrap';
import { notifyLauncher } from '@invoq/host/launcher';
import type { Logger } from '@invoq/host/log';
import { onShutdown } from '@invoq/host/shutdown';
import { startTracing } from '@invoq/host/tracing/start-tracing';
import { ApiModule } from './api.module';
import { createHttpAdapter } from './http/http-adapter';
import { HttpServer } from './http/http-server';
import { serveOpenApi } from './openapi/document';
import { orderlyEnd } from './process/shutdown';
import { API_SETTINGS, type ApiSettings, exposureError } from './settings';

void bootstrap(
  'api',
  'The API of Invoq: takes calls, answers them, and tells what became of them.',
  API_SETTINGS,
  start,
);

async function start(settings: ApiSettings, log: Logger): Promise<void> {
  const fault = exposureError(settings);
  if (fault !== undefined) throw new StartError(fault);
  const tracing = await startTracing('api', settings, log);
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.with(settings, log, tracing),
    createHttpAdapter(settings),
    { bodyParser: false, logger: false, abortOnError: false },
  );
  const server = app.get(HttpServer);
  server.prepare(app);
  if (settings.docs !== 'off') serveOpenApi(app, settings.publicUrl);
  onShutdown(orderlyEnd(app, settings, log, tracing));
  await app.listen(settings.port, settings.host);
  const listening = server.listening(app);
  log.info(listening, 'listening');
  notifyLauncher({ event: 'listening', port: listening.port });
}
