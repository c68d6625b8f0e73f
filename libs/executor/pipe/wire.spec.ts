/** What runs over the pipe of a real process. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { frame } from './frames';
import { Kind } from './messages';
import { Wire } from './wire';

/** Holds this process up until that one is gone, as a busy machine does: nothing is read meanwhile. */
function holdUpUntilGone(pid: number): void {
  const end = Date.now() + 10_000;
  while (!/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) {
    if (Date.now() > end) throw new Error('it does not leave');
  }
}

test.each([40_000, 1])(
  'what a process said last, %d bytes, is read though a write to it fails first',
  async (length) => {
    const said = [frame(Kind.progress, undefined, 'a'.repeat(length)), frame(Kind.rest, undefined, '1')];
    const says = `require('fs').writeSync(3, Buffer.from('${Buffer.concat(said).toString('base64')}', 'base64'))`;
    const child = spawn(process.execPath, ['-e', says], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    const heard: [kind: Kind, length: number][] = [];
    await new Promise<void>((onClosed) => {
      const wire = new Wire(child, () => 1_000_000, {
        onMessage: (kind, _, body) => heard.push([kind, body.length]),
        onText: () => false,
        onError: (fault) => heard.push(fault as never),
        onClosed,
      });
      holdUpUntilGone(child.pid!);
      wire.send(Kind.call, {}, 'null');
    });
    expect(heard).toEqual([
      [Kind.progress, length],
      [Kind.rest, 1],
    ]);
  },
);
