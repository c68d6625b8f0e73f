/** Bodies and headers made by chance: a call, or a refusal that is the sender's, never a fault of ours. */
import fc from 'fast-check';
import { NativeDoor } from '../../apps/api/doors/native/native.door';
import { Preferences } from '../../apps/api/http/preferences';
import { InvokeDto } from '../../apps/api/doors/native/invoke.dto';
import { textOf } from '../../apps/api/invocations/call';
import { depthOf, parseJsonBody } from '../../apps/api/http/json-body';
import { DtoPipe } from '../../apps/api/http/validation.pipe';
import { Refusal } from '@invoq/contract/refusal';
import { residentMb } from '../harness/process-facts';
import { expectEnvelope, INVOKE, SOME_ID } from './hostile-requests';
import { Stand } from './stand';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.start({ slots: 'sync=4,async=4,nested=0' });
});

const json = fc.jsonValue({ maxDepth: 4 });
const bodies = fc.oneof(
  fc.record(
    {
      data: json,
      sync: fc.oneof(fc.boolean(), json),
      timeoutMs: fc.oneof(fc.integer({ min: 1, max: 6_000 }), fc.double(), json),
      onTimeout: fc.oneof(fc.constantFrom('fail', 'detach'), json),
      [Symbol.for('extra') as unknown as string]: json,
    },
    { requiredKeys: [] },
  ),
  fc.dictionary(fc.string(), json),
  json,
);

/** It asks for so few ms that they may be over before it starts: EXPIRED, an answer of its own. */
function isHasty(body: unknown): boolean {
  const { timeoutMs } = (body ?? {}) as { timeoutMs?: unknown };
  return typeof timeoutMs === 'number' && timeoutMs < 1_000;
}

test('fuzz: 300 bodies that nobody planned get an answer or a refusal of theirs, over HTTP', async () => {
  const [api] = stand.apis;
  const before = residentMb(api.process.pid);
  await fc.assert(
    fc.asyncProperty(
      bodies,
      fc.dictionary(
        fc.constantFrom('prefer', 'x-invoq-env', 'traceparent', 'idempotency-key'),
        fc.string({ maxLength: 40 }).filter((text) => /^[\x20-\x7e]*$/.test(text)),
      ),
      async (body, headers) => {
        const reply = await stand.stack.http.post(INVOKE, JSON.stringify(body), headers);
        expect([200, 202, 400, 404, 422, ...(isHasty(body) ? [504] : [])]).toContain(reply.status);
        if (reply.status === 504) expect(reply.body.error.type).toBe('EXPIRED');
        expectEnvelope(reply.body, reply.status);
      },
    ),
    { numRuns: 300 },
  );
  expect(residentMb(api.process.pid)).toBeLessThan(before + 80);
}, 120_000);

test("fuzz: 20,000 bodies and headers through reader, DTO and native door: a call, or a refusal that is the sender's", () => {
  const pipe = new DtoPipe();
  const door = new NativeDoor(new Preferences({ maxWaitMs: 20_000 }));
  const text = fc.oneof(
    bodies.map((body) => JSON.stringify(body)),
    fc.string(),
    fc.json({ maxDepth: 8 }),
    fc.string({ unit: fc.constantFrom('{', '[', '"', '\\', '}', ']', ':', ',', '1', 'e', 'a') }),
  );
  const header = fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(undefined));
  fc.assert(
    fc.property(
      text,
      fc.dictionary(
        fc.constantFrom('prefer', 'idempotency-key', 'authorization', 'x-invoq-env', 'traceparent', 'user-agent'),
        header,
      ),
      (body, headers) => {
        try {
          const parsed = parseJsonBody(Buffer.from(body));
          const dto = pipe.transform(parsed, { type: 'body', metatype: InvokeDto }) as InvokeDto;
          const request = {
            requestID: SOME_ID,
            url: '/v1/functions/adds/invocations',
            params: { name: 'adds' },
            query: {},
            headers: headers as Record<string, string>,
            body: dto,
            ip: '::1',
            protocol: 'http',
            host: '127.0.0.1:3000',
            receivedAt: 0,
          };
          door.credentials(request);
          const call = door.call(request);
          expect(JSON.parse(textOf(call.data))).toEqual(
            dto.data === undefined ? {} : JSON.parse(JSON.stringify(dto.data)),
          );
          expect(['fail', 'detach']).toContain(call.onTimeout);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          expect(error.http).toBe(400);
          expect(error.fields?.length).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 20_000 },
  );
}, 60_000);

test('fuzz: the depth of a text is told as the parser would find it', () => {
  const depth = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;
  fc.assert(
    fc.property(fc.json({ maxDepth: 10 }), (text) => {
      expect(depthOf(text)).toBe(depth(JSON.parse(text)));
    }),
    { numRuns: 5_000 },
  );
});

test('and after all that the API serves as before, and has kept nothing', async () => {
  expect((await stand.caller.sync('adds', { x: 20, y: 22 }))?.body.data).toBe(42);
  await stand.verdict('the fuzzer');
}, 60_000);
