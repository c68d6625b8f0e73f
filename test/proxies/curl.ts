/** curl as a caller, since it speaks HTTP/2 too: an answer as it comes, to its end or to where it was cut. */
import { spawn } from 'node:child_process';

export interface Answer {
  status: number;
  /** Names in small letters; the last of several. */
  headers: Record<string, string>;
  text: string;
  /** curl's own word: 0 is a whole answer. */
  exitCode: number;
}

/** `onText`: all of the body so far, each time that there is more. */
export function curl(
  url: string,
  args: string[] = [],
  onText: (text: string) => void = () => undefined,
): Promise<Answer> {
  const child = spawn('curl', ['-skN', '-i', '--http2', '-m', '90', '-H', 'Expect:', ...args, url], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    const at = said.indexOf('\r\n\r\n');
    if (at >= 0) onText(said.slice(at + 4));
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      const [head, ...rest] = said.split('\r\n\r\n');
      const [first = '', ...fields] = head.split('\r\n');
      const headers = fields.map((field) => [field.split(':')[0].toLowerCase(), field.replace(/^[^:]*:\s*/, '')]);
      done({
        status: Number(first.split(' ')[1] ?? 0),
        headers: Object.fromEntries(headers) as Record<string, string>,
        text: rest.join('\r\n\r\n'),
        exitCode: code ?? -1,
      });
    });
  });
}
