/** The API of the lab: Nest on Fastify, a body that is checked, one append a call, one subscription for all answers. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { BadRequestException, Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { EXPIRE, SUBMIT } from './scripts.mjs';

const { PORT = '7101', REDIS_PORT = '6390', LANE = 'lab', RECORD = '1' } = process.env;
const connection = { host: '127.0.0.1', port: Number(REDIS_PORT) };
const redis = new Redis(connection);
const subscriber = new Redis(connection);
const replyTo = `${LANE}:reply:${process.pid}`;
const waiting = new Map();

redis.defineCommand('submit', { numberOfKeys: 2, lua: SUBMIT });
redis.defineCommand('expireCall', { numberOfKeys: 1, lua: EXPIRE });
const LIMIT_MS = 5_000;
const KEEP_MS = 3_600_000;
await subscriber.subscribe(replyTo);
// One message for all calls that ended in one turn of a worker: [[requestID, envelope], …]
subscriber.on('message', (_, text) => {
  for (const [id, envelope] of JSON.parse(text)) waiting.get(id)?.(envelope);
});

class Calls {
  async add(body) {
    if (!Number.isFinite(body?.x) || !Number.isFinite(body?.y))
      throw new BadRequestException('x and y must be numbers');
    const id = randomUUID();
    const call = JSON.stringify({ id, to: replyTo, data: body });
    const record = `${LANE}:r:${id}`;
    const answer = new Promise((resolve) => {
      const timer = setTimeout(async () => {
        const envelope = { code: 504, data: null, error: { type: 'EXPIRED' }, requestID: id };
        if (await redis.expireCall(record, JSON.stringify(envelope), KEEP_MS)) waiting.get(id)?.(envelope);
      }, LIMIT_MS);
      waiting.set(id, (envelope) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(envelope);
      });
    });
    if (RECORD === '1') await redis.submit(LANE, record, call, LIMIT_MS, KEEP_MS);
    else redis.xadd(LANE, '*', 'c', call);
    return answer;
  }
}
Controller()(Calls);
Post('add')(Calls.prototype, 'add', Object.getOwnPropertyDescriptor(Calls.prototype, 'add'));
HttpCode(200)(Calls.prototype, 'add', Object.getOwnPropertyDescriptor(Calls.prototype, 'add'));
Body()(Calls.prototype, 'add', 0);
class Lab {}
Module({ controllers: [Calls] })(Lab);

const app = await NestFactory.create(Lab, new FastifyAdapter(), { logger: false });
await app.listen(Number(PORT), '127.0.0.1');
console.log(`port ${app.getHttpServer().address().port}`);
