/** So many calls a second from here, evenly, whatever they take: how a quiet installation is used. */
import { Agent, request as send } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @param {string} url of the API
 * @param {{ name: string, body: object, perSecond: number, seconds: number }} load
 * @returns {Promise<{ calls: number, bytes: number }>} `bytes`: of HTTP, both ways, with its headers
 */
export async function paced(url, { name, body, perSecond, seconds }) {
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set();
  const text = JSON.stringify(body);
  const count = perSecond * seconds;
  const answers = [];
  const from = performance.now();
  for (let i = 0; i < count; i++) {
    await sleep(Math.max(0, from + (i * 1_000) / perSecond - performance.now()));
    answers.push(call(`${url}/v1/functions/${name}/invocations`, text, agent, sockets));
  }
  await Promise.all(answers);
  const bytes = [...sockets].reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten, 0);
  agent.destroy();
  return { calls: count, bytes };
}

function call(url, text, agent, sockets) {
  return new Promise((done, fail) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const sent = send(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => (response.statusCode < 300 ? done() : fail(new Error(`HTTP ${response.statusCode}`))));
    });
    sent.on('socket', (socket) => sockets.add(socket));
    sent.on('error', fail);
    sent.end(text);
  });
}
