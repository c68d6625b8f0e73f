/** The record protocol's Lua scripts, one `.lua` file each, registered on a connection as commands. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Cluster, Redis } from 'ioredis';
import { withoutUnused } from './script-text';
import { sendTexts } from '../connection/text-command';

/** Each stands in the room of libs/store that it belongs to, and has a name of its own. */
const FILES = new Map(
  readdirSync(dirname(__dirname), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.lua'))
    .map((file) => [basename(file, '.lua'), join(dirname(__dirname), file)]),
);

/** Of a script whose first argument is the number of its KEYS. */
const ANY = undefined;

/** Number of KEYS of each script. */
const SCRIPTS = {
  submit: 13,
  submits: 7,
  take: 6,
  serve: ANY,
  handback: 5,
  renew: 2,
  release: 2,
  progress: 1,
  tell: 2,
  finish: 7,
  retry: 5,
  expire: 8,
  sweep: 8,
  watch: 1,
  cancel: 8,
  lead: 1,
  advance: 3,
  due: 2,
  schedule: 3,
  listed: 3,
  rates: ANY,
  lineup: 3,
  send: 5,
  sent: 5,
  resend: 5,
  room: 2,
  keep: 1,
  purge: 2,
  now: 1,
  beat: 7,
  leave: 5,
  swap: 1,
  look: 0,
  registered: 2,
  pause: ANY,
  turnaway: 8,
  audit: 1,
  load: ANY,
} as const;

type Script = keyof typeof SCRIPTS;
type Arg = string | number;

/** A connection that knows the scripts: `redis.invoqSubmit(...keys, ...args)`. */
export type ScriptedRedis = Redis & { [S in Script as `invoq${Capitalize<S>}`]: (...args: Arg[]) => Promise<unknown> };

/** What such a connection sends at once: `redis.pipeline()`. */
export type ScriptedPipeline = ReturnType<Redis['pipeline']> & {
  [S in Script as `invoq${Capitalize<S>}`]: (...args: Arg[]) => unknown;
};

type Run = (this: unknown, ...args: Arg[]) => Promise<unknown>;

const scripted = new WeakSet<Redis>();

/** Asked again for the same connection, it answers the same. `edit`: for a test whose time is its own. */
export function withScripts(redis: Redis, edit = (lua: string): string => lua): ScriptedRedis {
  if (scripted.has(redis)) return redis as ScriptedRedis;
  scripted.add(redis);
  const texts: string[] = [];
  const told = { all: false };
  for (const [script, numberOfKeys] of Object.entries(SCRIPTS)) {
    const lua = edit(withoutUnused(readScript(script)));
    const name = `invoq${script[0].toUpperCase()}${script.slice(1)}`;
    texts.push(lua);
    redis.defineCommand(name, { lua, numberOfKeys });
    if (numberOfKeys !== ANY && !redis.isCluster) shorten(redis as ScriptedRedis, name, lua, numberOfKeys, told);
  }
  // A script that Redis does not know is sent twice, the second time behind what was to follow it: a job would be in the
  // queue before its record. So a Redis that was started anew is told all of them before anything else, and so is every node
  // of a Redis Cluster.
  const tell = (server: Redis): void => {
    const load = (): void => {
      for (const lua of texts) server.script('LOAD', lua).catch(() => undefined);
      told.all = true;
    };
    if (server.status === 'ready') load();
    server.on('ready', load);
    server.on('close', () => void (told.all = false));
  };
  if (redis.isCluster) {
    for (const node of (redis as unknown as Cluster).nodes()) tell(node);
    redis.on('+node', tell);
  } else tell(redis);
  return redis as ScriptedRedis;
}

/** The same command by a shorter way, for as long as this server has been told of the scripts. */
function shorten(redis: ScriptedRedis, name: string, lua: string, numberOfKeys: number, told: { all: boolean }): void {
  const commands = redis as unknown as Record<string, Run>;
  const asDefined = commands[name];
  const head = [createHash('sha1').update(lua).digest('hex'), String(numberOfKeys)];
  commands[name] = function (this: unknown, ...args) {
    // A pipeline borrows its commands from the connection, and sends them itself.
    if (this !== redis || !told.all) return asDefined.apply(this, args);
    const texts = head.slice();
    for (const arg of args) texts.push(typeof arg === 'string' ? arg : String(arg));
    return sendTexts(redis, 'evalsha', texts).catch((error: Error) => {
      // Its scripts were flushed, or the command was sent again to a server that was started anew.
      if (error.message.startsWith('NOSCRIPT')) return asDefined.apply(redis, args);
      throw error;
    });
  };
}

/** Redis has no `require`: a line `-- include name` is replaced by the text of `name.lua`. */
function readScript(name: string): string {
  const file = FILES.get(name);
  if (file === undefined) throw new Error(`libs/store has no script ${name}.lua`);
  const text = readFileSync(file, 'utf8');
  return text.replace(/^-- include (\w+)$/gm, (_, included: string) => readScript(included).trimEnd());
}
