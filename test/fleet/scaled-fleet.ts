/** Workers that come and go as the load of a queue says: processes in place of pods, by the rules of KEDA. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type InvoqClient } from '@invoq/client/client';
import { Stand } from '../failures/stand';
import type { App } from '../harness/app';
import { Autoscaler, type Load, type ScalingRules } from '../harness/autoscaler';
import { until } from '../harness/until';

/** So many calls a second for so long; `burst`: as many more at its beginning. */
export interface Phase {
  name: string;
  seconds: number;
  perSecond: number;
  burst?: number;
}

export interface Sample {
  /** Since the load began, s. */
  at: number;
  /** Calls a second that callers make. */
  offered: number;
  depth: number;
  running: number;
  oldestAgeMs: number;
  /** Workers that take calls or start. */
  workers: number;
  /** Of workers that take calls. */
  slots: number;
}

export interface FleetOptions {
  rules: ScalingRules;
  /** How often the load is asked for, ms. */
  pollMs: number;
  /** How long each call takes, ms. */
  callMs: number;
}

const DRAIN_LIMIT_MS = 60_000;
/** Callers come so often, ms. */
const TICK_MS = 100;

/** A fleet that begins with one worker follows the load of these phases: each call is started once, and ends once. */
export async function followLoad(
  options: FleetOptions,
  phases: Phase[],
  slots: number,
  restMs: number,
): Promise<Sample[]> {
  const env = { INVOQ_SPARES: '0' };
  const stand = await Stand.start({ workers: 1, slots: `sync=1,async=${slots},nested=0`, env });
  const fleet = new ScaledFleet(stand, options);
  try {
    await fleet.run(phases, restMs);
    expect(fleet.troubles).toEqual([]);
    await stand.verdict('a fleet that follows its load', { starts: { async: 1 } });
  } finally {
    await stand.stack.stop();
  }
  return fleet.samples;
}

class ScaledFleet {
  readonly samples: Sample[] = [];
  readonly troubles: string[] = [];
  private readonly client: InvoqClient;
  private readonly scaler: Autoscaler;
  private readonly steps: Promise<void>[] = [];
  private readonly pods: { app?: App }[] = [];
  private readonly began = performance.now();
  private offered = 0;
  private over = false;

  constructor(
    private readonly stand: Stand,
    private readonly options: FleetOptions,
  ) {
    this.client = createClient({ url: stand.apis[0].url });
    this.scaler = new Autoscaler(options.rules);
    for (const app of stand.workers) this.pods.push({ app });
  }

  /** Calls are made, and the fleet follows; resolves when the last call has ended and the fleet is at its least again. */
  async run(phases: Phase[], restMs: number): Promise<void> {
    const scaling = this.scale();
    for (const phase of phases) await this.call(phase);
    this.offered = 0;
    const isAtRest = (): boolean => this.pods.length === this.options.rules.min && this.samples.at(-1)?.depth === 0;
    await until('the fleet is at its least again', isAtRest, restMs).finally(() => (this.over = true));
    await scaling;
    await Promise.all(this.steps);
  }

  private async call({ perSecond, seconds, burst = 0 }: Phase): Promise<void> {
    this.offered = perSecond;
    const began = performance.now();
    const made: Promise<unknown>[] = [];
    const make = (): void => {
      made.push(this.stand.caller.async('takes', { ms: this.options.callMs, n: made.length }));
    };
    for (let n = 0; n < burst; n++) make();
    for (let due = 0; performance.now() - began < seconds * 1_000; await sleep(TICK_MS)) {
      const until = Math.min(seconds, (performance.now() - began) / 1_000) * perSecond;
      for (; due < until; due++) make();
    }
    await Promise.all(made);
  }

  private async scale(): Promise<void> {
    while (!this.over) {
      const load = await this.look();
      const wanted = this.scaler.decide(performance.now() - this.began, load, this.pods.length);
      while (this.pods.length < wanted) this.soon(this.add());
      while (this.pods.length > wanted) this.soon(this.remove());
      await sleep(this.options.pollMs);
    }
    await this.look();
  }

  private async look(): Promise<Load> {
    const load = await this.client.queues.load('default');
    const { depth, running = 0, oldestAgeMs, slots } = load;
    const at = (performance.now() - this.began) / 1_000;
    const { offered, pods } = this;
    this.samples.push({ at, offered, depth, running, oldestAgeMs, workers: pods.length, slots });
    return load;
  }

  private soon(step: Promise<void>): void {
    this.steps.push(step.catch((error: Error) => void this.troubles.push(error.message)));
  }

  private async add(): Promise<void> {
    const pod: { app?: App } = {};
    this.pods.push(pod);
    pod.app = await this.stand.addWorker();
  }

  /** As a pod is stopped: drained by its preStop hook, then SIGTERM. */
  private async remove(): Promise<void> {
    const pod = this.pods.pop()!;
    const app = await until('it is up', () => pod.app, DRAIN_LIMIT_MS);
    const me = (await this.client.workers.list()).find(({ pid }) => pid === app.process.pid);
    if (!me) throw new Error(`worker ${app.process.pid} is not in the list`);
    await this.client.workers.drain(me.id);
    const state = async (): Promise<string | undefined> =>
      (await this.client.workers.list()).find(({ id }) => id === me.id)?.state;
    await until(`worker ${app.process.pid} is drained`, async () => (await state()) === 'drained', DRAIN_LIMIT_MS);
    const { code } = await app.stop();
    if (code !== 0) throw new Error(`worker ${app.process.pid} ended with ${code}`);
  }
}

/**
 * The longest that a call may wait, ms, said before: the fleet has grown after `reactionMs`; what has come in until then is
 * done by all workers together.
 */
export function longestWait(
  { rules, callMs }: FleetOptions,
  { slots, reactionMs, phases }: { slots: number; reactionMs: number; phases: Phase[] },
): number {
  const perSecond = (rules.max * slots * 1_000) / callMs;
  const peak = Math.max(...phases.map((phase) => phase.perSecond));
  const burst = Math.max(...phases.map((phase) => phase.burst ?? 0));
  return reactionMs + (((peak * reactionMs) / 1_000 + burst) / perSecond) * 1_000;
}
