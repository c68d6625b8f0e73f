/** The record protocol's Lua scripts, registered on a connection as commands that are called by names. */
import { createHash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { Notes } from '../background/notes';
import { sendTexts } from '../connection/text-command';
import { activeKey } from '../keys/keys';
import { HEADERS, PACK, type ScriptCalls } from './script-calls';
import { writeHeader } from './script-header';
import { ScriptSources } from './script-source';

type Script = keyof ScriptCalls;

/** A connection that knows the scripts: `redis.invoqRenew({ keys: { record, open }, args: { id, attempt, leaseMs } })`. */
export type ScriptedRedis = Redis & {
  [S in Script as `invoq${Capitalize<S>}`]: (call: ScriptCalls[S]) => Promise<unknown>;
} & {
  /** What this connection notes of its writes. Each script that writes in a partition does so by itself. */
  invoqNotes: Notes;
};

/** Scripts that are run at partitions in which nothing happens; what a take has found is noted by its caller. */
const WITHOUT_NOTE: ReadonlySet<Script> = new Set(['take', 'serve', 'note', 'withdraw']);
const READS_ONLY = /^#!lua flags=\S*no-writes/;

/** By number: how many KEYS there are, these, and the arguments. */
type Run = (...texts: string[]) => Promise<unknown>;
type Pack = (call: unknown, sha: string) => string[];

const scripted = new WeakSet<Redis>();
let loaded: Map<string, string> | undefined;

/** Asked again for the same connection, it answers the same. `edit`: for a test whose time is its own. */
export function withScripts(redis: Redis, edit = (lua: string): string => lua): ScriptedRedis {
  if (scripted.has(redis)) return redis as ScriptedRedis;
  scripted.add(redis);
  loaded ??= load();
  const notes = new Notes((partition) =>
    (redis as ScriptedRedis).invoqNote({ keys: { active: activeKey() }, args: { partition } }),
  );
  (redis as ScriptedRedis).invoqNotes = notes;
  const texts: string[] = [];
  const loadedOn = { all: false };
  for (const [script, text] of loaded) {
    const lua = edit(text);
    texts.push(lua);
    const isNoted = !READS_ONLY.test(lua) && !WITHOUT_NOTE.has(script as Script);
    register(redis, script as Script, lua, loadedOn, isNoted ? notes : undefined);
  }
  // A script that Redis does not know is sent twice, the second time behind what was to follow it: a job would be in the
  // queue before its record. So a Redis that was started anew gets all of them before anything else, and so does every node
  // of a Redis Cluster.
  const loadOn = (server: Redis): void => {
    const load = (): void => {
      for (const lua of texts) server.script('LOAD', lua).catch(() => undefined);
      loadedOn.all = true;
    };
    if (server.status === 'ready') load();
    server.on('ready', load);
    server.on('close', () => void (loadedOn.all = false));
  };
  if (redis.isCluster) {
    for (const node of (redis as unknown as Cluster).nodes()) loadOn(node);
    redis.on('+node', loadOn);
  } else loadOn(redis);
  return redis as ScriptedRedis;
}

/** The texts of all scripts, by name. A header that callers do not know would put their values in wrong places. */
function load(): Map<string, string> {
  const sources = new ScriptSources();
  const texts = new Map<string, string>();
  for (const name of sources.names()) {
    const { header, lua } = sources.read(name);
    if ((HEADERS as Record<string, string>)[name] !== writeHeader(header)) {
      throw new Error(`${name}.lua: its callers know another header; write script-calls.ts anew`);
    }
    texts.set(name, lua);
  }
  for (const name of Object.keys(HEADERS)) if (!texts.has(name)) throw new Error(`there is no ${name}.lua`);
  return texts;
}

/** `loadedOn`: whether this server has the scripts. Then a call takes the shorter way. `notes`: of a script that writes. */
function register(redis: Redis, script: Script, lua: string, loadedOn: { all: boolean }, notes?: Notes): void {
  const name = `invoq${script[0].toUpperCase()}${script.slice(1)}`;
  const commands = redis as unknown as Record<string, unknown>;
  redis.defineCommand(name, { lua });
  const asDefined = (commands[name] as Run).bind(redis);
  const pack = PACK[script] as Pack;
  const sha = createHash('sha1').update(lua).digest('hex');
  commands[name] = (call: unknown): Promise<unknown> => {
    const texts = pack(call, sha);
    notes?.before(texts[2]);
    if (redis.isCluster || !loadedOn.all) return asDefined(...texts.slice(1));
    return sendTexts(redis, 'evalsha', texts).catch((error: Error) => {
      // Its scripts were flushed, or the command was sent again to a server that was started anew.
      if (error.message.startsWith('NOSCRIPT')) return asDefined(...texts.slice(1));
      throw error;
    });
  };
}
