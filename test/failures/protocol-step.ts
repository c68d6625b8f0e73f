/** One step of a history: it is done to the model and to the real scripts, and then every promise is looked at. */
import fc from 'fast-check';
import type { Ending } from '@invoq/contract/outcome';
import type { ProtocolModel } from './protocol-model';
import { holds } from './protocol-promises';
import type { World } from './protocol-world';

export type FailedEnding = Exclude<Ending, { outcome: 'succeeded' }>;

export class Step implements fc.AsyncCommand<ProtocolModel, World> {
  constructor(
    private readonly name: string,
    private readonly act: (model: ProtocolModel, world: World) => Promise<void>,
    private readonly needs: (model: Pick<ProtocolModel, 'records'>) => boolean = () => true,
  ) {}

  check(model: Readonly<ProtocolModel>): boolean {
    return this.needs(model);
  }

  async run(model: ProtocolModel, world: World): Promise<void> {
    await this.act(model, world);
    world.steps++;
    await holds(model, world);
  }

  toString(): string {
    return this.name;
  }
}

export const hasRecords = (model: Pick<ProtocolModel, 'records'>): boolean => model.records.length > 0;
export const pick = <T>(list: T[], n: number): T => list[n % list.length];
export const index = fc.nat(1000);

export function heldStep(
  name: string,
  n: number,
  act: (model: ProtocolModel, world: World, claim: World['claims'][number]) => Promise<void>,
): Step {
  const withClaim = async (model: ProtocolModel, world: World): Promise<void> => {
    if (world.claims.length > 0) await act(model, world, pick(world.claims, n));
  };
  return new Step(name, withClaim, (model) => model.records.some(({ attempt }) => attempt > 0));
}
