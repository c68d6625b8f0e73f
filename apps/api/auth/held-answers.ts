/**
 * Requests that are held open by a key: they end when the key is revoked or loses what they need, as new ones are refused.
 * Calls under way are not among them: what was accepted is answered.
 */
import { Refusal } from '@invoq/contract/refusal';
import { LiveSet } from '@invoq/live/live-set';
import type { Followed, HangUp } from '../invocations/call';
import type { Caller, Scope } from './caller';
import { EVERY_ENV, type Keys, printOf } from './keys';

interface Held {
  caller: Caller;
  end(): void;
}

/** What all of them need. */
const SCOPE: Scope = 'read';

export class HeldAnswers {
  private readonly held = new LiveSet<Held>();

  /** The keys have changed. */
  review(keys: Keys): void {
    for (const one of this.held) if (!mayStill(one.caller, keys)) one.end();
  }

  /** An answer that waits for something. Refuses with UNAUTHENTICATED once the key may not have it any more. */
  async answer<T>(caller: Caller, hangUp: HangUp, ask: (hangUp: HangUp) => Promise<T>): Promise<T> {
    if (caller.keyPrint === undefined) return ask(hangUp);
    const watched = new RevocableHangUp(hangUp);
    const held: Held = { caller, end: () => watched.end() };
    this.held.add(held);
    const answer = await ask(watched).finally(() => this.held.delete(held));
    if (watched.isEnded) throw revoked();
    return answer;
  }

  /** An answer that goes on. It ends like one whose time is over: its reader comes back, and is refused. */
  stream(caller: Caller, { events, close }: Followed): Followed {
    if (caller.keyPrint === undefined) return { events, close };
    const held: Held = { caller, end: close };
    this.held.add(held);
    return {
      events,
      close: () => {
        this.held.delete(held);
        close();
      },
    };
  }
}

/** To who waits, a key that was revoked is as if the caller had gone. */
class RevocableHangUp implements HangUp {
  isEnded = false;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly own: HangUp) {}

  get isGone(): boolean {
    return this.isEnded || this.own.isGone;
  }

  listen(onGone: () => void): () => void {
    const stop = this.own.listen(onGone);
    this.listeners.add(onGone);
    return () => {
      stop();
      this.listeners.delete(onGone);
    };
  }

  end(): void {
    this.isEnded = true;
    for (const listener of [...this.listeners]) listener();
  }
}

function mayStill({ id, env, keyPrint }: Caller, keys: Keys): boolean {
  const key = keys.find(id);
  if (key === undefined || printOf(key) !== keyPrint || !key.scopes.has(SCOPE)) return false;
  return key.envs.includes(env) || key.envs.includes(EVERY_ENV);
}

function revoked(): Refusal {
  return new Refusal('UNAUTHENTICATED', 'This key has been revoked.');
}
