/**
 * One call in one sandbox. Four endings race here: it answers, it dies, its time is up, it is cancelled; the first one counts.
 * (Outgrowing its memory is a way to die.)
 */
import type { Program } from '@invoq/contract/function';
import type { Ending } from '@invoq/contract/outcome';
import { ExecutorStopped, type Call, type Run, type Watch } from '../call/call';
import type { CallClock } from '../call/call-clock';
import { crashed, crowded, outgrown } from './death';
import type { Family } from '../processes/family';
import { LogCapture } from './log-capture';
import { type MemoryWatch, watchedOf } from '../processes/memory-watch';
import type { AnswerHead, CallHead } from '../pipe/messages';
import type { Settings } from '../options';
import type { Sandbox } from './sandbox';

const MB = 1024 * 1024;
const CANCELLED: Ending = { outcome: 'cancelled', started: true };

/** A call on its way to its end, whichever sandbox has it. */
export interface Raced {
  program: Program;
  call: Call;
  watch: Watch;
  clock: CallClock;
  /** ms since the epoch. */
  deadline: number;
}

export class Races {
  constructor(
    private readonly settings: Settings,
    private readonly memory: MemoryWatch,
    /** All that runs is being ended: what it comes to counts no more. */
    private readonly isStopped: () => boolean,
  ) {}

  /**
   * 'declined' when the sandbox had left before the call reached it, as long as it `mayDecline`; 'takenBack' when it stood behind
   * another one, and has not begun.
   */
  run(sandbox: Sandbox, raced: Raced, mayDecline: boolean): Promise<Run | 'declined' | 'takenBack'> {
    const { program, call, watch, clock } = raced;
    let began: number | undefined;
    const handedAt = performance.now();
    const capture = new LogCapture(this.settings.maxLogBytes, watch.onLog, watch.onLate);
    return new Promise((resolve, reject) => {
      let grace: NodeJS.Timeout | undefined;
      let cancelled = false;
      let over = false;

      const finish = (ending: Ending): void => {
        const runMs = performance.now() - (began ?? handedAt);
        this.memory.remove(watched);
        const peakRssMb = watched.peakBytes > 0 ? Math.round(watched.peakBytes / MB) : undefined;
        resolve({ ending, runMs, logs: capture.lines, logsCut: capture.cut, peakRssMb, started: true });
      };
      const isFirst = (): boolean => {
        const first = !over;
        over = true;
        clearTimeout(grace);
        clock.listen(undefined);
        return first;
      };
      /** No soft phase. The call has ended, or is for another sandbox, when nothing of it is left. */
      const kill = (ending: Ending | undefined): void => {
        if (!isFirst()) return;
        void sandbox.kill().then(() => {
          if (this.isStopped()) return reject(new ExecutorStopped());
          if (ending !== undefined) return finish(ending);
          this.memory.remove(watched);
          resolve('declined');
        });
      };
      const { maxProcesses } = this.settings;
      const { pid, gauge, limitBytes } = sandbox;
      const watched = watchedOf({ pid: pid!, gauge: gauge!, limitBytes }, maxProcesses, (what) =>
        kill(what === 'memory' ? outgrown(program.memoryMb, withFamily(watched.family)) : crowded(maxProcesses)),
      );

      watch.onHandOver?.(sandbox.calls === 0);
      sandbox.call(program, this.headOf(raced), call.data, {
        capture,
        onBegin: () => {
          began = performance.now();
          this.memory.add(watched);
        },
        onTakenBack: () => {
          if (!isFirst()) return;
          this.memory.remove(watched);
          resolve('takenBack');
        },
        onProgress: (json) => watch.onProgress?.(json),
        onAnswer: (answer, result) => {
          if (isFirst()) finish(cancelled ? CANCELLED : answered(answer, result, program));
        },
        onLingers: () => watch.onLingers?.(),
        onOver: () => watch.onOver?.(),
        onDeath: (death) => {
          if (death.declined && mayDecline && !cancelled) return kill(undefined);
          kill(cancelled ? CANCELLED : crashed(death, program.memoryMb));
        },
      });
      if (over) return;
      clock.listen((alarm) => {
        if (began === undefined) sandbox.takeBack();
        if (over) return;
        if (alarm === 'late') return kill(cancelled ? CANCELLED : { outcome: 'timedOut', limitMs: call.limitMs });
        cancelled = true;
        sandbox.abort(call.requestID);
        grace = setTimeout(() => kill(CANCELLED), this.settings.cancelGraceMs);
      });
    });
  }

  private headOf({ call, deadline }: Raced): CallHead {
    return {
      requestID: call.requestID,
      attempt: call.attempt,
      deadline,
      limitMs: call.fullLimitMs ?? call.limitMs,
      environment: call.environment,
      origin: call.origin,
      loadOnly: call.loadOnly,
      maxLogBytes: this.settings.maxLogBytes,
      maxResultBytes: this.settings.maxResultBytes,
    };
  }
}

function withFamily({ size }: Family): { detail?: string } {
  return size === 0 ? {} : { detail: `with its ${size} child process${size === 1 ? '' : 'es'}` };
}

function answered(answer: AnswerHead, result: string, program: Program): Ending {
  switch (answer.outcome) {
    case 'succeeded':
      return { outcome: 'succeeded', result };
    case 'failed':
      return answer;
    case 'outgrew':
      return outgrown(program.memoryMb, { detail: answer.message });
  }
}
