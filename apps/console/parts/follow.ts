/** A call as it happens: its log, its progress and its end, over one stream. */
import { useEffect, useState } from 'react';
import type { LogLine } from '@invoq/client/index';
import { client } from '../session';

export interface Followed {
  lines: LogLine[];
  progress?: unknown;
  /** How often its status changed: who shows the record reads it again. */
  turns: number;
  isOver: boolean;
  error?: unknown;
}

const NOTHING: Followed = { lines: [], turns: 0, isOver: false };
/** Lines come by the thousand; the page is drawn so often, ms. */
const DRAWN_MS = 100;

/** Undefined: nothing is followed. */
export function useFollow(id: string | undefined): Followed {
  const [followed, setFollowed] = useState(NOTHING);
  useEffect(() => {
    setFollowed(NOTHING);
    if (id === undefined) return;
    const control = new AbortController();
    const now: Followed = { ...NOTHING, lines: [] };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = (): void => {
      timer = undefined;
      if (!control.signal.aborted) setFollowed({ ...now, lines: [...now.lines] });
    };
    const listen = async (): Promise<void> => {
      for await (const event of client.follow(id, { signal: control.signal })) {
        if (event.kind === 'log') now.lines.push(event.line);
        if (event.kind === 'progress') now.progress = event.progress;
        if (event.kind === 'status') now.turns++;
        if (event.kind === 'end') now.isOver = true;
        timer ??= setTimeout(draw, DRAWN_MS);
      }
      now.isOver = true;
      draw();
    };
    listen().catch((error: unknown) => {
      now.error = error;
      draw();
    });
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [id]);
  return followed;
}
