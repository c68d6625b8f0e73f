/** The functionPools of a worker's pool, by program; one is gone when nobody is in it and nobody waits for it. */
import type { Sandbox } from '../sandbox/sandbox';
import { FunctionPool } from './function-pool';

export class FunctionPools {
  private readonly all = new Map<string, FunctionPool>();

  /** Undefined: nobody has come to it yet. */
  find(program: string): FunctionPool | undefined {
    return this.all.get(program);
  }

  of(program: string): FunctionPool {
    let functionPool = this.all.get(program);
    if (functionPool === undefined) this.all.set(program, (functionPool = new FunctionPool()));
    return functionPool;
  }

  loses(sandbox: Sandbox): void {
    const program = sandbox.program ?? '';
    const functionPool = this.all.get(program);
    functionPool?.loses(sandbox);
    if (functionPool?.isGone) this.all.delete(program);
  }

  refuseAll(error: Error): void {
    for (const { waiting } of this.all.values()) waiting.refuseAll(error);
  }
}
