/** Runs a made image as Compose runs it: a root that nobody can write, few capabilities, /tmp in memory, folders mounted. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from '../trouble.mjs';

const STOP_LIMIT_MS = 45_000;
const READY_LIMIT_MS = 60_000;
/** What a container engine has made by the time that the entry point runs. */
const SETTING_UP = [
  'set -e; root=$1; at=$2; caps=$3; user=$4; mounts=$5; shift 5',
  'for each in $mounts; do from=${each%%:*}; to=${each#*:}; to=${to%:ro}',
  '  if [ -d "$from" ]; then mkdir -p "$root$to"; else mkdir -p "$root$(dirname "$to")"; : > "$root$to"; fi; done',
  'mount --bind "$root" "$at"; mount -o remount,bind,ro "$at"',
  'mount -t proc proc "$at/proc"; mount --rbind /dev "$at/dev"',
  'mount -t tmpfs -o noexec,nosuid,nodev,mode=1777 tmpfs "$at/tmp"',
  'for each in $mounts; do from=${each%%:*}; to=${each#*:}; mount --bind "$from" "$at${to%:ro}"',
  '  case $to in *:ro) mount -o remount,bind,ro "$at${to%:ro}" ;; esac; done',
  'as=; [ "$user" = root ] || as="--reuid=$user --regid=$user --clear-groups"',
  'exec chroot "$at" setpriv $as --bounding-set=-all$caps --inh-caps=-all --no-new-privs -- env -i "$@"',
].join('\n');

export class Container {
  output = '';
  #child;
  #exited;

  /**
   * @param {Awaited<ReturnType<import('./build-image.mjs').buildImage>>} image
   * @param {{ name: string, folder: string, user?: string, caps?: string[], env?: Record<string, string>,
   *   mounts?: string[], command?: string[] }} options `caps` as Compose's cap_add, `mounts` as its volumes
   */
  constructor(image, { name, folder, user = 'root', caps = [], env = {}, mounts = [], command = image.command }) {
    this.name = name;
    const at = join(folder, `mnt-${name}`);
    mkdirSync(at, { recursive: true });
    const added = caps.map((cap) => `,+${cap.toLowerCase()}`).join('');
    const given = Object.entries({ ...image.env, HOME: '/root', ...env }).map(([key, value]) => `${key}=${value}`);
    const start = ['sh', '-c', `cd ${image.workdir} && exec "$@"`, 'sh', ...image.entrypoint, ...command];
    const args = [image.root, at, added, user, mounts.join(' '), ...given, ...start];
    const inPrivate = ['--mount', '--propagation', 'private', 'sh', '-c', SETTING_UP, 'sh', ...args];
    this.#child = spawn('unshare', inPrivate, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (this.output += text));
    this.#exited = new Promise((done, fail) => {
      this.#child.once('error', fail);
      this.#child.once('close', (code, signal) => done(code ?? signal));
    });
  }

  /** Of its first process: unshare, sh, chroot and setpriv each become the next. */
  get pid() {
    return this.#child.pid;
  }

  /** Resolves with its exit code. */
  get exited() {
    return this.#exited;
  }

  /** Resolves when `isReady` does so with true. */
  async ready(isReady) {
    const giveUpAt = Date.now() + READY_LIMIT_MS;
    while (!(await isReady().catch(() => false))) {
      if (this.#child.exitCode !== null) throw new Trouble(`${this.name} ended:\n${this.output}`);
      if (Date.now() > giveUpAt) throw new Trouble(`${this.name} is not ready:\n${this.output}`);
      await sleep(250);
    }
  }

  /** SIGTERM. Resolves with its exit code; ends it by force when it takes longer than Compose waits. */
  async stop() {
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
    const code = await this.#exited;
    clearTimeout(force);
    return code;
  }
}
