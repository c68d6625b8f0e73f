/** The ground truth of starts: a file to which the function itself appends a line each time that it is really started. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from './scratch';

export interface Start {
  requestID: string;
  attempt: number;
  pid: number;
}

export class Starts {
  /** The file. Each append is one write to a file opened for appending, so lines of several processes never mix. */
  readonly path = join(scratchDir('starts'), 'starts');

  /**
   * A statement for the first line of a function's body. `context` is the name by which the function has its context;
   * under the minapp contract that is `event.context`.
   */
  statement(context = 'context'): string {
    const line = `\`\${${context}.requestID} \${${context}.attempt} \${process.pid}\\n\``;
    return `require('node:fs').appendFileSync(${JSON.stringify(this.path)}, ${line});`;
  }

  /** All starts so far, in the order they happened. */
  read(): Start[] {
    if (!existsSync(this.path)) return [];
    const lines = readFileSync(this.path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [requestID = '', attempt, pid] = line.split(' ');
      return { requestID, attempt: Number(attempt), pid: Number(pid) };
    });
  }

  of(requestID: string): Start[] {
    return this.read().filter((start) => start.requestID === requestID);
  }
}
