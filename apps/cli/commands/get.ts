/** `invoq get`: how a call stands. */
import type { Invocation } from '@invoq/client/index';
import { lengthText } from '../output/lengths';
import { paintStatus } from '../output/paint';
import { shown, shownInLine } from '../output/shown';
import type { Use } from '../use';
import { resultText } from './result-text';

export async function run({ args: [requestID], options, out, signal, client }: Use<{ data?: boolean }>): Promise<void> {
  const found = await (await client()).get(requestID, { data: options.data, signal });
  out.answer(found, () =>
    linesOf(found)
      .map(([name, value]) => {
        const text = shown(value);
        return `${out.paint.dim(name.padEnd(11))} ${name === 'status' ? paintStatus(found.status, text, out.paint) : text}`;
      })
      .join('\n'),
  );
}

function linesOf(found: Invocation): [name: string, value: string][] {
  const { attempts = [], result } = found;
  const lines: [string, string | undefined][] = [
    ['requestID', found.requestID],
    ['function', `${found.env}/${found.function} (${found.mode})`],
    ['status', found.status],
    ['made by', found.parentID],
    ['replay of', found.replayOf],
    ['tags', found.tags?.join(', ')],
    ['accepted', found.queuedAt],
    ['not before', found.runAt],
    ['ahead', found.ahead === undefined ? undefined : `${found.ahead} calls`],
    ['started', found.startedAt],
    ['next try', found.nextAttemptAt],
    ['ended', found.finishedAt],
    ['waited', lengthText(found.queueMs)],
    ['ran', found.startedAt === undefined ? undefined : lengthText(found.runMs)],
    ...attempts.map(({ startedAt, error: why }, at): [string, string] => [
      `attempt ${at + 1}`,
      `${startedAt}${why ? `, ${why.type}: ${shownInLine(why.message)}` : ''}`,
    ]),
    ['worker', found.workerID],
    ['key', found.keyID],
    ['progress', found.progress === undefined ? undefined : JSON.stringify(found.progress)],
    ['data', found.data === undefined ? undefined : resultText(found.data)],
    ['result', result?.code === 0 ? resultText(result.data) : undefined],
    ['error', result && 'type' in result.error ? `${result.error.type}: ${result.error.message}` : undefined],
  ];
  return lines.filter((line): line is [string, string] => line[1] !== undefined);
}
