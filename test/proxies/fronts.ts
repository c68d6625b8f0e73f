/** What stands in front of the API in these tests: each proxy as callers find it, with the address that they use. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../harness/free-port';
import { CERT, KEY } from '../harness/certificate';
import { type ProxyProgram, startHaproxy, startNginx, startVarnish } from '../harness/proxy';
import { scratchDir } from '../harness/scratch';
import type { Stack } from '../harness/stack';

export interface Front {
  /** What callers take for the address of Invoq. */
  url: string;
  /** Stops it, and what it listens on. */
  stop?: () => Promise<unknown>;
}

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'proxies.md'), 'utf8');
export const TRUSTED = { INVOQ_TRUST_PROXY: '127.0.0.1' };

/** The first block of this language in docs/proxies.md. */
function snippet(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(PAGE) ?? [];
  if (code === undefined) throw new Error(`docs/proxies.md has no block of ${language}`);
  return code;
}

/** By the names that the tests have. `needs`: the program. */
export const FRONTS: Record<string, { needs: ProxyProgram; start: (stack: Stack) => Promise<Front> }> = {
  'nginx with default settings, under a prefix': { needs: 'nginx', start: plainNginx },
  'nginx as docs/proxies.md has it': { needs: 'nginx', start: nginxOfPage },
  'nginx with buffering and short timeouts': { needs: 'nginx', start: buffering },
  'HAProxy as docs/proxies.md has it': { needs: 'haproxy', start: (stack) => haproxyOfPage(stack) },
  'HAProxy, HTTP/2': { needs: 'haproxy', start: (stack) => haproxyByTls(stack) },
  'Varnish with its built-in rules': { needs: 'varnishd', start: varnish },
};

/** It tells nothing of its prefix: the API knows it by INVOQ_PUBLIC_URL. */
async function plainNginx(stack: Stack): Promise<Front> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/invoq`;
  const api = await stack.addApi({ INVOQ_PUBLIC_URL: url });
  const proxy = await startNginx(
    `server { listen 127.0.0.1:${port}; location /invoq/ { proxy_pass ${api.url}/; } }`,
    port,
  );
  return { url, stop: () => proxy.stop(10_000) };
}

async function nginxOfPage(stack: Stack): Promise<Front> {
  const port = await freePort();
  const config = snippet('nginx')
    .replace('127.0.0.1:3000', new URL(stack.url).host)
    .replace('8080', `127.0.0.1:${port}`);
  await startNginx(config, port);
  return { url: `http://127.0.0.1:${port}/invoq` };
}

/** It heeds no `X-Accel-Buffering`, and gives up on a held answer long before the API would. */
async function buffering(stack: Stack): Promise<Front> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const api = await stack.addApi({ INVOQ_PUBLIC_URL: url });
  const settings = 'proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; proxy_read_timeout 4s; gzip on;';
  const types = 'gzip_types application/json application/x-ndjson; gzip_proxied any;';
  await startNginx(
    `server { listen 127.0.0.1:${port}; ${settings} ${types} location / { proxy_pass ${api.url}; } }`,
    port,
  );
  return { url };
}

const haproxyOfPage = async (stack: Stack): Promise<Front> => ({
  url: `http://127.0.0.1:${(await haproxy(stack)).port}/invoq`,
});

const haproxyByTls = async (stack: Stack): Promise<Front> => ({
  url: `https://127.0.0.1:${(await haproxy(stack)).tlsPort}/invoq`,
});

async function haproxy(stack: Stack): Promise<{ port: number; tlsPort: number }> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const pem = join(scratchDir('haproxy-pem'), 'invoq.pem');
  writeFileSync(pem, `${CERT}\n${KEY}\n`);
  const config = snippet('haproxy')
    .replace('127.0.0.1:3000', new URL(stack.url).host)
    .replace(':8080', `127.0.0.1:${port}`)
    .replace(':8443', `127.0.0.1:${tlsPort}`)
    .replace('/etc/haproxy/invoq.pem', pem);
  await startHaproxy(config, port);
  return { port, tlsPort };
}

async function varnish(stack: Stack): Promise<Front> {
  const { port } = await stack.addApi();
  return { url: await startVarnish(port) };
}
