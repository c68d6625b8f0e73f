/** Redis' own programs under their own names, for commands of the docs: a folder for the front of PATH. */
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { programHere } from './program-here';
import { scratchDir } from './scratch';

/** Undefined: there is no redis-cli, and it cannot be brought; one line says so, with what is `leftOut`. */
export function redisPrograms(leftOut: string): string | undefined {
  const server = process.env.INVOQ_TEST_REDIS_SERVER ?? 'redis-server';
  const folder = scratchDir('bin');
  write(folder, 'redis-server', `exec ${server} "$@"`);
  // A server that was brought from Debian has its client beside it, and libraries that the system lacks.
  const brought = dirname(server);
  const client = ['redis-cli', 'valkey-cli'].map((name) => join(brought, 'usr/bin', name)).find(existsSync);
  if (client !== undefined) {
    const libraries = readdirSync(join(brought, 'usr/lib')).map((name) => join(brought, 'usr/lib', name));
    write(folder, 'redis-cli', `LD_LIBRARY_PATH=${libraries.join(':')} exec ${client} "$@"`);
  } else if (!programHere('redis-cli', leftOut, 'redis-tools')) return undefined;
  return folder;
}

function write(folder: string, name: string, line: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(folder, name), 0o755);
}
