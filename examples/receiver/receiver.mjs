/**
 * A receiver of callbacks. `PORT=4000 INVOQ_WEBHOOK_SECRET=whsec_… node receiver.mjs`
 *
 * INVOQ_WEBHOOK_SECRET may be two secrets with a comma between, while one replaces the other.
 */
import { createServer } from 'node:http';
import { CallbackError, verifyCallback } from 'invoq-client';

const secrets = (process.env.INVOQ_WEBHOOK_SECRET ?? '').split(',');
const MAX_BYTES = 1024 * 1024;
/** Each end is delivered at least once. A real receiver keeps these ids where it keeps its data. */
const seen = new Set();

const server = createServer(async (request, response) => {
  const answer = (status, text) => response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
  try {
    const chunks = [];
    let bytes = 0;
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return answer(413, 'A callback is smaller than that.');
      chunks.push(chunk);
    }
    // The bytes as they came: a body that was parsed and written again has another signature.
    const { type, data } = await verifyCallback(Buffer.concat(chunks), request.headers, secrets);
    const id = request.headers['webhook-id'];
    if (seen.has(id)) return answer(200, `${id} was here before`);
    seen.add(id);
    console.log(type, data);
    answer(200, `took ${type}`);
  } catch (error) {
    if (error instanceof CallbackError) answer(401, `${error.type}: ${error.message}`);
    else answer(500, 'Try again later.');
  }
});

server.listen(Number(process.env.PORT ?? 4000), '127.0.0.1');
