/** The folders that the workers of the fleet soak serve, and how they change while calls run. */
import { appendFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir } from '../harness/scratch';
import type { Starts } from '../harness/starts';
import { writeFunctions } from '../harness/write-functions';

/** Between two pieces of a file, as a slow copy writes it, ms. */
const PIECE_MS = 250;
/** The functions of the queue `steady`: all that a worker of the release before is given, and has. */
const STEADY = { functions: { steadyAdds: { queue: 'steady' }, steadyTakes: { queue: 'steady' } } };

export class FleetFunctions {
  /** Has every function; its files are rewritten in place. */
  readonly whole = scratchDir('whole');
  /** Has all but `only`; a link to a release, swapped at each deployment. */
  readonly less: string;
  /** The functions of the env `other`, rewritten in place. */
  readonly other = scratchDir('other');
  /** The functions of the queue `steady` alone; never changes. */
  readonly steady = scratchDir('steady');
  private readonly releases = scratchDir('releases');
  private release = 0;
  private readonly files: Map<string, string>;

  constructor(private readonly starts: Starts) {
    this.less = join(this.releases, 'current');
    const { adds, takes } = { adds: this.adds('first'), takes: this.takes() };
    const steady = { 'steadyAdds.js': adds, 'steadyTakes.js': takes, 'functions.json': JSON.stringify(STEADY) };
    const shared = { 'adds.js': adds, 'takes.js': takes, 'goes.js': adds, 'fails.js': this.fails(), ...steady };
    this.files = new Map(Object.entries(shared));
    writeFunctions({ ...shared, 'only.js': adds }, this.whole);
    writeFunctions({ 'adds.js': adds, 'takes.js': takes }, this.other);
    writeFunctions(steady, this.steady);
    this.swap();
  }

  /** Rewrites `adds` in pieces; between them it does not even parse. */
  async rewrite(folder: string, version: string): Promise<void> {
    const text = this.adds(version);
    const third = Math.ceil(text.length / 3);
    const file = join(folder, 'adds.js');
    writeFileSync(file, text.slice(0, third));
    for (const from of [third, 2 * third]) {
      await sleep(PIECE_MS);
      appendFileSync(file, text.slice(from, from + third));
    }
  }

  /** A new release of `less`; served after SIGHUP. */
  swapTo(version: string): void {
    this.files.set('adds.js', this.adds(version));
    this.swap();
  }

  /** A function more, in `whole` and in `less`. */
  add(name: string): void {
    const text = this.adds(name);
    writeFileSync(join(this.whole, `${name}.js`), text);
    this.files.set(`${name}.js`, text);
    this.swap();
  }

  remove(name: string): void {
    rmSync(join(this.whole, `${name}.js`));
    this.files.delete(`${name}.js`);
    this.swap();
  }

  private swap(): void {
    const name = `r${++this.release}`;
    writeFunctions(Object.fromEntries(this.files), join(this.releases, name));
    symlinkSync(name, join(this.releases, 'next'));
    renameSync(join(this.releases, 'next'), this.less);
  }

  private adds(version: string): string {
    return this.main(`return { sum: event.x + event.y, version: '${version}' };`);
  }

  private takes(): string {
    return this.main('await new Promise((done) => setTimeout(done, event.ms)); return event.x;');
  }

  private fails(): string {
    return this.main("if (context.attempt < 3) throw new Error('not yet'); return context.attempt;");
  }

  private main(body: string): string {
    return `exports.main = async (event, context) => {\n  ${this.starts.statement()}\n  ${body}\n};\n`;
  }
}
