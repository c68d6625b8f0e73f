/** A function's output as MinApp shows it: a line `<time> <LEVEL> <text>` for each line that was written. */
interface Line {
  time: string;
  level: string;
  text: string;
}

/** `ndjson`: the log as it is kept. */
export function logText(ndjson: string): string {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { time, level, text } = JSON.parse(line) as Line;
      return `${time} ${level.toUpperCase()} ${text}`;
    })
    .join('\n');
}
