/** Runs a call that this worker has started: its function, with all that the call and the function find in their environment. */
import type { Program } from '@invoq/contract/function';
import type { Ending } from '@invoq/contract/outcome';
import type { Origin, Run } from '@invoq/executor/call/call';
import type { Executor } from '@invoq/executor/executor';
import type { Stop } from '@invoq/executor/call/stop';
import type { Claimed } from '@invoq/store/attempts/claim';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { AttemptTrace } from './attempt-trace';
import { callEnvironment, giveTrace, programEnvironment } from './call-environment';
import type { LateWork } from './late-work';
import type { LiveLog } from './live-log';

export interface RunsOptions {
  /** Where functions reach the API. */
  apiUrl: string;
  onError(error: unknown): void;
}

/** A call, and who listens to its run. */
export interface StartedCall {
  claim: Claimed;
  /** Since when this worker holds it, as `performance.now()`. */
  heldAt: number;
  /** With which its function calls others. */
  token: string;
  stop: Stop;
  log: LiveLog;
  late: LateWork;
  trace?: AttemptTrace;
}

export class Runs {
  private readonly programs = new WeakMap<Program, Program>();
  private readonly origins = new Origins();

  constructor(
    private readonly executor: Executor,
    private readonly store: Pick<InvocationStore, 'progress'>,
    private readonly options: RunsOptions,
  ) {}

  /** For what does not load it gets the reason. Rejects as the executor does. */
  async run(
    program: Program | { problem: string },
    { claim, heldAt, token, stop, log, late, trace }: StartedCall,
  ): Promise<Run> {
    if ('problem' in program) return notRun(broken(program.problem));
    const { requestID, attempt, data, limitMs: fullLimitMs } = claim;
    // A wait for a slot is part of its time.
    const limitMs = claim.remainingMs - Math.floor(performance.now() - heldAt);
    const origin = this.origins.of(claim.origin);
    const environment = callEnvironment({ claim, token, origin, own: program.environment });
    trace?.begins();
    const run = await this.executor.run(
      this.furnished(program),
      { requestID, attempt, data, limitMs, fullLimitMs, environment, origin },
      {
        stop,
        onHandOver: trace && ((isNew) => giveTrace(environment, trace.handedOver(isNew))),
        onLog: log.add,
        onLingers: late.begins,
        onLate: late.add,
        onOver: late.over,
        onProgress: (json) => void this.store.progress(requestID, attempt, json).catch(this.options.onError),
      },
    );
    // The executor knows what was left of the limit; the caller sees the whole limit.
    return run.ending.outcome === 'timedOut' ? { ...run, ending: { ...run.ending, limitMs: fullLimitMs } } : run;
  }

  /** With what all its calls find in their environment. */
  private furnished(program: Program): Program {
    const known = this.programs.get(program);
    if (known) return known;
    const { env, environment: own } = program;
    const environment = programEnvironment({ env, own, apiUrl: this.options.apiUrl });
    const furnished = { ...program, environment };
    this.programs.set(program, furnished);
    return furnished;
  }
}

/** Where calls come from, as their functions are told. */
class Origins {
  /** Of the last call: those of one caller come from the same place. */
  private text = '';
  private origin: Origin = { eventType: '' };

  /** `text`: as the record has it. */
  of(text: string): Readonly<Origin> {
    if (text === this.text) return this.origin;
    // Which key a caller has is no business of the function, nor which call it runs for.
    const { keyID: _, parentID: __, ...origin } = JSON.parse(text) as Origin & { keyID?: string; parentID?: string };
    this.origin = origin;
    this.text = text;
    return origin;
  }
}

/** The function is there and cannot be run: a syntax error, or settings that break a rule. It alone is refused. */
function broken(message: string): Ending {
  return { outcome: 'failed', type: 'FUNCTION_ERROR', message };
}

function notRun(ending: Ending): Run {
  return { ending, runMs: 0, logs: [], logsCut: false, started: false };
}
