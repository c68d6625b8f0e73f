/**
 * This process as a member of the fleet: says every two seconds that it is here, and reads who else is, in what it differs
 * from them, and in which format all write.
 */
import { randomUUID } from 'node:crypto';
import type { FunctionSpec } from '@invoq/contract/function';
import type { Member, MemberLoad, MemberState, WorkerOrder } from '@invoq/contract/member';
import { type Disagreement, disagreements, disagreementText } from '@invoq/policy/fleet';
import {
  foundFormat,
  type Format,
  formatToWrite,
  isOlderAmong,
  LAST_FORMAT,
  NO_NUMBER,
  THIS_FORMAT,
} from '@invoq/policy/format';
import { FormatFall, TRUSTED_MS } from './format-fall';
import { type BeatReply, type FleetStore, LIFE_MS, servedList, type ServedList } from './fleet-store';
import { PeriodicTask } from '../background/periodic-task';

const BEAT_MS = 2_000;
/** What changes all the time in a load, its memory, is said so often, ms. */
const LOAD_MS = 10_000;
/** The list of its functions is kept for another hour so often, ms, and after each change of the fleet. */
const KEEP_LIST_MS = 60_000;
/** Two answers that are further apart than this had an outage between them, ms. */
const GAP_MS = LIFE_MS;

/** The data in Redis are of a format that this release cannot read: it must not start. */
export class FormatError extends Error {}

/** For saying goodbye to a Redis that may be away, ms. */
const LEAVE_MS = 500;

/** Channels are named by it. A bare UUID would be a process of format 1 to the release before. */
export function newMemberID(): string {
  return `${THIS_FORMAT}-${randomUUID()}`;
}

export interface FleetMemberOptions {
  /** Writes anew what the release before cannot read; before the number of the format falls. */
  rewrite(): Promise<unknown>;
  /** Asked at each heartbeat. */
  load(): MemberLoad;
  onError(error: unknown): void;
}

export type Identity = Pick<Member, 'id' | 'app' | 'host' | 'pid' | 'release' | 'format' | 'settings' | 'secrets'> &
  Partial<Pick<Member, 'queues' | 'slots' | 'wanted'>>;

const NONE: readonly string[] = [];

export class FleetMember {
  private readonly task: PeriodicTask;
  private readonly fall: FormatFall;
  private readonly changeListeners: (() => void)[] = [];
  private readonly backListeners: (() => Promise<void>)[] = [];
  private self: Member;
  private list: ServedList | undefined;
  private version = '';
  /** This process as the others know it since that version, and when that runs out by Redis' clock, ms. */
  private saidMember = '';
  private outAt = 0;
  /** What it last said of its load but for memory, and when it said all, of `performance.now()`. */
  private saidLoad = '';
  private saidLoadAt = -Infinity;
  private keptListAt = -Infinity;
  private known: readonly Member[] = [];
  private inForce: Format = LAST_FORMAT;
  private number: Format | undefined;
  private found: Disagreement[] = [];
  private unreadable: string[] = [];
  private lastOrder: WorkerOrder = 'take';
  private leads = false;
  /** By a clock that never goes back, ms. */
  private quietSince = -Infinity;
  private answeredSince = Infinity;
  private answeredAt = -Infinity;
  private backAt = -Infinity;
  private aheadMs = 0;
  private beating: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: FleetStore,
    identity: Identity,
    private readonly options: FleetMemberOptions,
  ) {
    this.self = { ...identity, since: 0, state: 'starting', notes: true };
    const { onError, rewrite } = options;
    this.fall = new FormatFall(rewrite, onError);
    this.task = new PeriodicTask(() => this.beat(), { everyMs: BEAT_MS, onError });
  }

  /**
   * Before anything else is written to Redis, or taken from it. Resolves when this process knows the others.
   * @throws FormatError when it must not start.
   */
  async join(): Promise<void> {
    const { format, now } = await this.store.readFormat();
    const found = foundFormat(format);
    if ('fault' in found) throw new FormatError(found.fault);
    if (found.format === undefined && (await this.store.hasUnnumbered())) throw new FormatError(NO_NUMBER);
    this.self.since = now;
    await this.beat();
    // A fleet without a number has one from its first leader on, before anybody writes.
    if (this.leads && this.number === undefined) await this.beat();
  }

  start(): void {
    this.task.start();
  }

  get id(): string {
    return this.self.id;
  }

  /** All that are alive, this one among them. */
  get members(): readonly Member[] {
    return this.known;
  }

  /** Why this process may take no calls, one sentence each: its data or its settings are not those of the fleet. */
  get refusals(): readonly string[] {
    // Asked twice for each call.
    if (this.found.length === 0 && this.unreadable.length === 0) return NONE;
    return [...this.unreadable, ...this.found.filter(({ stops }) => stops).map(disagreementText)];
  }

  /** In what else it differs from the fleet. */
  get complaints(): string[] {
    return this.found.filter(({ stops }) => !stops).map(disagreementText);
  }

  /** For how long Redis has answered each heartbeat, ms; 0 when it has not answered of late. */
  get answeredForMs(): number {
    const now = performance.now();
    return now - this.answeredAt > GAP_MS ? 0 : Math.max(0, now - this.answeredSince);
  }

  get state(): MemberState {
    return this.self.state;
  }

  /** What operators want of this process, as of the last heartbeat. What Redis has lost since stands. */
  get order(): WorkerOrder {
    return this.lastOrder;
  }

  /** ms since the epoch, by Redis' clock, as far as this process knows it. */
  get redisNow(): number {
    return Math.round(performance.now() + this.aheadMs);
  }

  /** Does every living process note in which partitions it writes? */
  get allNote(): boolean {
    return this.known.every(({ notes }) => notes === true);
  }

  /** Has some worker functions that do not load? */
  get anyBroken(): boolean {
    return this.known.some(({ broken }) => broken === true);
  }

  get isOnlyWorker(): boolean {
    return !this.known.some(({ app, id }) => app === 'worker' && id !== this.self.id);
  }

  /** Is this the one of all processes that chores are left to? APIs come first: what a worker runs is missed when it dies. */
  get comesFirst(): boolean {
    const { id, app } = this.self;
    return !this.known.some(
      (other) => other.state !== 'starting' && (other.app === app ? other.id < id : other.app === 'api'),
    );
  }

  /** What is to be written now; asked each time. Both formats are always read. Without word from Redis it is the older one. */
  format(): Format {
    return performance.now() - this.answeredAt > TRUSTED_MS ? LAST_FORMAT : this.inForce;
  }

  /** After each heartbeat that brought something new. */
  onChange(listener: () => void): void {
    this.changeListeners.push(listener);
  }

  /** After a heartbeat that came too late, or to a Redis that has lost its data: what was said before is to be said again. */
  onBack(listener: () => Promise<void>): void {
    this.backListeners.push(listener);
  }

  /** Says so at once. `obeys`: the order that this state follows from. */
  async say(state: MemberState, reasons: string[] = [], obeys?: WorkerOrder): Promise<void> {
    const { reasons: _, ...rest } = this.self;
    const wanted = obeys === undefined ? {} : { wanted: obeys };
    this.self = { ...rest, state, ...(reasons.length > 0 ? { reasons } : {}), ...wanted };
    await this.beat();
  }

  /** Sends a heartbeat now, to read what is new. */
  async hearNow(): Promise<void> {
    await this.beat();
  }

  /** The functions that this worker serves from now on. */
  async serves(specs: readonly FunctionSpec[]): Promise<void> {
    const list = servedList(specs);
    await this.store.keepList(list);
    this.list = list;
    this.self = { ...this.self, functions: list.digest };
    await this.beat();
  }

  /** Whether functions of this worker do not load. Resolves when the others can know. */
  async saysBroken(broken: boolean): Promise<void> {
    if ((this.self.broken ?? false) === broken) return;
    const { broken: _, ...rest } = this.self;
    this.self = broken ? { ...rest, broken } : rest;
    await this.beat();
  }

  /** A setting that must agree, of which the value was only found now, or is another one now. */
  async sets(setting: string, value: string): Promise<void> {
    if (this.self.settings[setting] === value) return;
    this.self = { ...this.self, settings: { ...this.self.settings, [setting]: value } };
    await this.beat();
  }

  /** No more heartbeats; the others know at once. Never rejects. */
  async leave(): Promise<void> {
    this.task.stop();
    const gone = this.beating.catch(() => undefined).then(() => this.store.leave(this.self.id));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LEAVE_MS);
    });
    await Promise.race([gone.catch(() => undefined), late]).finally(() => clearTimeout(timer));
  }

  /** One at a time, each with what is true when its turn comes. */
  private beat(): Promise<void> {
    this.beating = this.beating.catch(() => undefined).then(() => this.beatOnce());
    return this.beating;
  }

  private async beatOnce(): Promise<void> {
    const format = this.leads ? this.decided() : undefined;
    const { self, version, complaints } = this;
    const member = complaints.length === 0 ? self : { ...self, differs: complaints };
    const text = JSON.stringify(member);
    const load = this.options.load();
    const loadText = JSON.stringify({ ...load, memoryMb: undefined });
    const now = performance.now();
    const saysLoad = loadText !== this.saidLoad || now - this.saidLoadAt >= LOAD_MS;
    const keepsList = now - this.keptListAt >= KEEP_LIST_MS;
    const reply = await this.store.beat({
      member,
      load: saysLoad ? load : undefined,
      version: text === this.saidMember ? version : '',
      outAt: this.outAt,
      keepsList,
      format,
    });
    if (saysLoad) [this.saidLoad, this.saidLoadAt] = [loadText, now];
    if (keepsList) this.keptListAt = now;
    // Redis may have lost what was said before.
    if (reply.isBack || reply.version !== version) [this.saidLoadAt, this.keptListAt] = [-Infinity, -Infinity];
    this.saidMember = text;
    this.outAt = reply.now + LIFE_MS;
    this.onReply(reply);
  }

  private onReply(reply: BeatReply): void {
    const now = performance.now();
    if (now - this.answeredAt > GAP_MS) this.answeredSince = now;
    this.answeredAt = now;
    this.aheadMs = reply.now - now;
    // Who takes the lead over has not looked for older processes yet.
    if (reply.leads && !this.leads) this.quietSince = now;
    this.leads = reply.leads;
    const isFirst = this.version === '';
    this.version = reply.version;
    if (reply.members) this.known = reply.members;
    if (reply.isBack && !isFirst) this.back(now);
    if (reply.listMissing && this.list) this.store.keepList(this.list).catch(this.options.onError);
    this.lastOrder = reply.order ?? this.lastOrder;
    this.compare(now);
    this.hearFormat(reply.format);
    for (const listener of this.changeListeners) listener();
  }

  private back(now: number): void {
    this.backAt = now;
    for (const listener of this.backListeners) listener().catch(this.options.onError);
  }

  /** Of those that are back after an outage the first knows nobody yet: until all are, nothing that was wrong is right. */
  private compare(now: number): void {
    const found = disagreements(this.self, this.known);
    if (found.length === 0 && now - this.backAt < LIFE_MS) return;
    this.found = found;
  }

  private hearFormat(text: string | null): void {
    const found = foundFormat(text);
    if ('fault' in found) {
      this.unreadable = [found.fault];
      return;
    }
    this.unreadable = [];
    this.number = found.format;
    this.inForce = isOlderAmong(this.known.map(({ format }) => format)) ? LAST_FORMAT : (found.format ?? LAST_FORMAT);
  }

  /** Undefined: it stays as it is. */
  private decided(): Format | undefined {
    if (this.unreadable.length > 0) return undefined;
    const now = performance.now();
    const formats = this.known.map(({ format }) => format);
    if (isOlderAmong(formats)) this.quietSince = now;
    const wanted = formatToWrite({ current: this.number, formats, quietMs: now - this.quietSince });
    const falls = wanted === LAST_FORMAT && this.number === THIS_FORMAT;
    if (!falls) this.fall.reset();
    return falls && !this.fall.isReady(now) ? undefined : wanted;
  }
}
