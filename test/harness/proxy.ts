/** nginx, HAProxy and Varnish of Debian, each as a process on ports of loopback. Installed when missing, where that can be. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port';
import { http } from './http';
import { LoggedProcess } from './logged-process';
import { scratchDir } from './scratch';
import { until } from './until';

const INSTALL_LIMIT_MS = 180_000;
const START_LIMIT_MS = 20_000;
const PROGRAMS = { nginx: 'nginx-light', haproxy: 'haproxy', varnishd: 'varnish' };
export type ProxyProgram = keyof typeof PROGRAMS;

/** Which of them are here, after what is missing was installed. Debian starts no service for it: `RUNLEVEL=1`. */
export function proxiesHere(): ProxyProgram[] {
  const isHere = (program: string): boolean => existsSync(join('/usr/sbin', program));
  const programs = Object.keys(PROGRAMS) as ProxyProgram[];
  const missing = programs.filter((program) => !isHere(program));
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const apt = (...args: string[]): unknown =>
      execFileSync('apt-get', args, { stdio: 'ignore', timeout: INSTALL_LIMIT_MS, env });
    const install = (): unknown =>
      apt('install', '-y', '--no-install-recommends', ...missing.map((program) => PROGRAMS[program]));
    try {
      install();
    } catch {
      try {
        apt('update');
        install();
      } catch {
        // What is here now is told below.
      }
    }
  }
  return programs.filter(isHere);
}

/** `servers`: what stands in its `http` block. */
export async function startNginx(servers: string, port: number): Promise<LoggedProcess> {
  const folder = scratchDir('nginx');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr; ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 512; }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
      ${servers}
    }`,
  );
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf')];
  return listening(new LoggedProcess('nginx', '/usr/sbin/nginx', args, {}), port);
}

export async function startHaproxy(config: string, port: number): Promise<LoggedProcess> {
  const file = join(scratchDir('haproxy'), 'haproxy.cfg');
  writeFileSync(file, config);
  return listening(new LoggedProcess('haproxy', '/usr/sbin/haproxy', ['-db', '-f', file], {}), port);
}

/** With its built-in rules, for one backend. Resolves with its address. */
export async function startVarnish(backendPort: number): Promise<string> {
  const folder = scratchDir('varnish');
  const port = await freePort();
  mkdirSync(join(folder, 'work'));
  writeFileSync(
    join(folder, 'default.vcl'),
    `vcl 4.1; backend default { .host = "127.0.0.1"; .port = "${backendPort}"; }`,
  );
  const args = ['-F', '-j', 'none', '-n', join(folder, 'work'), '-f', join(folder, 'default.vcl')];
  const where = ['-a', `127.0.0.1:${port}`, '-s', 'malloc,32m'];
  await listening(
    new LoggedProcess('varnish', '/usr/sbin/varnishd', [...args, ...where], { PATH: process.env.PATH }),
    port,
  );
  return `http://127.0.0.1:${port}`;
}

async function listening(proxy: LoggedProcess, port: number): Promise<LoggedProcess> {
  const ask = async (): Promise<boolean> =>
    proxy.exit !== undefined || (await http(`http://127.0.0.1:${port}`).get('/')).status > 0;
  await until(`${proxy.name} answers`, ask, START_LIMIT_MS);
  if (proxy.exit) throw new Error(`${proxy.name} ended at its start:\n${proxy.tail()}`);
  return proxy;
}
