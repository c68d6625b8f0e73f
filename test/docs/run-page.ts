/** Runs the shell blocks of a page, one after the other in one shell, as a reader who pastes them has it. */
import { spawn } from 'node:child_process';
import type { ShellBlock } from './shell-blocks';

const LIMIT_MS = 60_000;
const MARK = '@@ block ';

export interface RunBlock {
  block: ShellBlock;
  /** What it wrote to stdout and stderr; undefined: an earlier one failed, so that this one was not run. */
  said?: string;
}

/** `port`: of the API that is to be called where the page says 3000. */
export async function runPage(blocks: ShellBlock[], cwd: string, port: number): Promise<RunBlock[]> {
  const script = blocks
    .map(({ code }, at) => `echo; echo '${MARK}${at}'\n${code}\n${known(code)}`)
    .join('')
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`);
  const said = await shell(`set -euo pipefail\nexec 2>&1\n${script}\necho; echo '${MARK}${blocks.length}'\n`, cwd);
  const parts = said.split(new RegExp(`^${MARK}\\d+$`, 'm')).slice(1);
  // What follows the last mark that was reached belongs to a block that failed.
  return blocks.map((block, at) => ({
    block,
    ...(at + 1 < parts.length ? { said: parts[at].trim() } : failed(parts[at])),
  }));
}

/** Readers take a moment between saving a function and calling it: so long that the API knows it. */
function known(code: string): string {
  const [, name] = /^cat > \.\.\/my-functions\/(\w+)/m.exec(code) ?? [];
  if (name === undefined) return '';
  const listed = `curl -s http://127.0.0.1:3000/v1/functions | grep -q '"${name}"'`;
  return `for _ in $(seq 100); do if ${listed}; then break; fi; sleep 0.2; done\n`;
}

function failed(said: string | undefined): { said?: string } {
  if (said === undefined) return {};
  return { said: `FAILED ${said.trim()}` };
}

function shell(script: string, cwd: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn('bash', ['-s'], { cwd, stdio: ['pipe', 'pipe', 'pipe'], timeout: LIMIT_MS });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', fail);
    child.once('close', () => done(said));
    child.stdin.end(script);
  });
}
