/**
 * Answers that many look at: who says `Cache-Control: max-age=1`, as the console does, is content with one that was made
 * less than a second ago. Twenty open consoles then cost Redis as much as one.
 */
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller';

/** However long somebody would be content, ms. */
const MAX_AGE_MS = 1_000;
/** So many answers are kept; beyond, the oldest gives way. */
const MAX_KEPT = 200;

interface Recent {
  at: number;
  answer: Promise<unknown>;
}

@Injectable()
export class RecentAnswers {
  private readonly recent = new Map<string, Recent>();

  /** The same for all who see the same: those with the same env, or with all of them, who ask for the same address. */
  async of<T>({ url, headers }: FastifyRequest, { env, everyEnv }: Caller, make: () => Promise<T>): Promise<T> {
    const ageMs = contentWith(headers['cache-control']);
    if (ageMs === 0) return make();
    const key = JSON.stringify([env, everyEnv === true, url]);
    const found = this.recent.get(key);
    if (found && Date.now() - found.at < ageMs) return found.answer as Promise<T>;
    const answer = make();
    this.keep(key, { at: Date.now(), answer });
    // Who comes next tries again.
    answer.catch(() => this.recent.delete(key));
    return answer;
  }

  private keep(key: string, recent: Recent): void {
    this.recent.delete(key);
    this.recent.set(key, recent);
    const [oldest] = this.recent.keys();
    if (this.recent.size > MAX_KEPT && oldest !== undefined) this.recent.delete(oldest);
  }
}

/** ms; 0: only a new answer will do. */
export function contentWith(header: string | undefined): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})(?:[\s,]|$)/.exec(header ?? '')?.[1];
  return seconds === undefined ? 0 : Math.min(Number(seconds) * 1_000, MAX_AGE_MS);
}
