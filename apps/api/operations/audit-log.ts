/** Who changed what, and why. */
import type { AuditAction, AuditEntry } from '@invoq/contract/operations/audit';
import type { AuditStore, AuditQuery } from '@invoq/store/operators/audit-store';
import { storeRefusal } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';

/** Who asks, and from where. */
export interface Operator {
  caller: Caller;
  ip: string;
}

export type Change = Pick<AuditEntry, 'target' | 'env' | 'reason' | 'details'> & { action: AuditAction };

export class AuditLog {
  constructor(private readonly store: AuditStore) {}

  /** Before it is done: what cannot be written down is not done. */
  async write({ caller, ip }: Operator, change: Change): Promise<void> {
    const keyID = caller.keyPrint === undefined ? undefined : caller.id;
    await this.asked(this.store.write({ keyID, ip, ...change }));
  }

  /**
   * Of what programs do as well, such as a cancel: written when it is an operator who does it. That is whoever has the scope
   * `admin`; a function that calls is none.
   */
  async note(operator: Operator, change: Change): Promise<void> {
    const { scopes, depth } = operator.caller;
    if (scopes.has('admin') && depth === 0) await this.write(operator, change);
  }

  read(query: AuditQuery): ReturnType<AuditStore['read']> {
    return this.asked(this.store.read(query));
  }

  private asked<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw storeRefusal(error);
    });
  }
}
