/** Who is let in, before anything is written: nobody once this process is going, and nobody beyond a rate. */
import { Refusal } from '@invoq/contract/refusal';
import type { FunctionSpec } from '@invoq/contract/function';
import type { Quota, QuotaName, Rate } from '@invoq/contract/rate';
import type { RateOf } from '@invoq/store/keys/keys';
import type { RateStore } from '@invoq/store/limits/rate-store';
import { storeRefusal } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';

/** For those that have no rate of their own; undefined: no limit. */
export interface AdmissionOptions {
  keyRate?: Rate;
  functionRate?: Rate;
}

/** Why this process may take no calls for now, one sentence each; none: it may. */
export type Refusals = () => readonly string[];

/** Of several calls of one caller to one function, the first `through` are let in; the others are refused. */
export interface Admitted {
  through: number;
  /** What is left of the rates that they came under. */
  quotas: Quota[];
  refusal?: Refusal;
}

/** Another process may take the call sooner. */
const REFUSING_S = 5;

interface Limit {
  name: QuotaName;
  of: RateOf;
  rate: Rate;
}

export class Admission {
  private closed = false;

  constructor(
    private readonly rates: RateStore,
    private readonly options: AdmissionOptions,
    private readonly refusals: Refusals = () => [],
  ) {}

  /** Refuses with RATE_LIMITED or OVERLOADED, each with the seconds to wait. Without `spec` it is no call of a function. */
  admit(caller: Caller, spec?: FunctionSpec): Quota[] | Promise<Quota[]> {
    this.mustBeOpen();
    // Most have no rate, and cost nothing.
    if (!this.isLimited(caller, spec)) return [];
    return this.admitOne(this.limitsOf(caller, spec));
  }

  async admitSome(caller: Caller, count: number, spec?: FunctionSpec): Promise<Admitted> {
    this.mustBeOpen();
    const limits = this.limitsOf(caller, spec);
    return limits.length === 0 ? { through: count, quotas: [] } : this.count(limits, count);
  }

  private async admitOne(limits: Limit[]): Promise<Quota[]> {
    const { quotas, refusal } = await this.count(limits, 1);
    if (refusal) throw refusal;
    return quotas;
  }

  private async count(limits: Limit[], count: number): Promise<Admitted> {
    const { through, nextInMs, left } = await this.rates.count(limits, count).catch((error: unknown) => {
      throw storeRefusal(error);
    });
    const quotas = limits.map(({ name, rate }, i): Quota => ({ name, ...rate, ...left[i] }));
    if (through === count) return { through, quotas };
    const text = limits.map(({ name, rate }) => `${name}: ${rate.limit} calls in ${rate.windowMs} ms`).join('; ');
    const retryAfterS = Math.max(1, Math.ceil(nextInMs / 1_000));
    return {
      through,
      quotas,
      refusal: new Refusal('RATE_LIMITED', `Too many calls (${text}).`, { retryAfterS, quotas }),
    };
  }

  /** Refuses with OVERLOADED once the process is going, and while it does not fit the fleet. */
  mustBeOpen(): void {
    if (this.closed) {
      throw new Refusal('OVERLOADED', 'This process is shutting down; send the call again.', { retryAfterS: 1 });
    }
    const reasons = this.refusals();
    if (reasons.length > 0) {
      throw new Refusal('OVERLOADED', `This process takes no calls: ${reasons[0]}`, { retryAfterS: REFUSING_S });
    }
  }

  get isOpen(): boolean {
    return !this.closed;
  }

  /** From now on every call is refused: the process is going. */
  close(): void {
    this.closed = true;
  }

  private isLimited({ rate }: Caller, spec: FunctionSpec | undefined): boolean {
    const { keyRate, functionRate } = this.options;
    return (rate ?? keyRate ?? spec?.rate ?? (spec && functionRate)) !== undefined;
  }

  private limitsOf(caller: Caller, spec?: FunctionSpec): Limit[] {
    const limits: Limit[] = [];
    const keyRate = caller.rate ?? this.options.keyRate;
    if (keyRate) limits.push({ name: 'key-rate', of: { caller: caller.id }, rate: keyRate });
    const functionRate = spec && (spec.rate ?? this.options.functionRate);
    if (functionRate) {
      limits.push({ name: 'function-rate', of: { env: spec.env, function: spec.name }, rate: functionRate });
    }
    return limits;
  }
}
