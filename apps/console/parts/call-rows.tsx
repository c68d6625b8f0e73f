/** Calls as a grid of which only the rows in view are in the page: 10,000 of them scroll as smoothly as ten. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type MouseEvent, useCallback, useEffect, useRef } from 'react';
import type { Invocation } from '@invoq/client/index';
import { Time, useWords } from '../words';
import { Status } from './panel';
import { shortWorker } from './timeline';

const ROW = 30;
/** So many rows before the end the next page is asked for. */
const AHEAD = 40;

interface CallRowsProps {
  calls: Invocation[];
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
  /** Undefined: there are no more, or they are on their way. */
  more?: () => void;
}

export function CallRows({ calls, chosen, choose, more }: CallRowsProps) {
  const { t } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const last = useRef<number>(undefined);
  const rows = useVirtualizer({
    count: calls.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 6,
  });
  const shown = rows.getVirtualItems();
  const end = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (end >= calls.length - AHEAD) more?.();
  }, [end, calls.length, more]);
  const navigate = useNavigate();
  const env: unknown = useSearch({ strict: false }).env;
  const query = typeof env === 'string' ? `?env=${encodeURIComponent(env)}` : '';
  const open = useCallback((id: string) => void navigate({ to: '/invocations/$id', params: { id } }), [navigate]);
  const now = useRef({ calls, chosen, choose });
  now.current = { calls, chosen, choose };
  /** With shift: all from the one before to this one. */
  const turn = useCallback((index: number, isRange: boolean): void => {
    const { calls, chosen, choose } = now.current;
    const next = new Set(chosen);
    const isOn = !chosen.has(calls[index].requestID);
    const from = isRange && last.current !== undefined ? last.current : index;
    for (let at = Math.min(from, index); at <= Math.max(from, index); at++)
      if (isOn) next.add(calls[at].requestID);
      else next.delete(calls[at].requestID);
    last.current = index;
    choose(next);
  }, []);
  const isAll = calls.length > 0 && calls.every(({ requestID }) => chosen.has(requestID));
  return (
    <div className="grid" role="table" aria-label={t('invocations')} aria-rowcount={calls.length + 1}>
      <div className="body" ref={box} tabIndex={0} role="rowgroup" aria-label={t('invocations')}>
        <div className="call headings" role="row">
          <span role="columnheader">
            <input
              type="checkbox"
              aria-label={t('chooseAll')}
              checked={isAll}
              onChange={() => choose(isAll ? new Set() : new Set(calls.map(({ requestID }) => requestID)))}
            />
          </span>
          {(
            [
              'status',
              'requestIDWord',
              'function',
              'mode',
              'accepted',
              'waited',
              'ran',
              'attempts',
              'error',
              'key',
              'worker',
            ] as const
          ).map((word) => (
            <span key={word} role="columnheader" className={`c-${word}`}>
              {t(word)}
            </span>
          ))}
        </div>
        <div className="rows" role="presentation" style={{ height: rows.getTotalSize() }}>
          {shown.map(({ index, start }) => (
            <CallRow
              key={calls[index].requestID}
              call={calls[index]}
              index={index}
              start={start}
              isChosen={chosen.has(calls[index].requestID)}
              turn={turn}
              query={query}
              open={open}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface CallRowProps {
  call: Invocation;
  index: number;
  start: number;
  isChosen: boolean;
  turn: (index: number, isRange: boolean) => void;
  /** Of the address of each call. */
  query: string;
  open: (id: string) => void;
}

/** Drawn again only when it changed: a grid that is scrolled draws the rows that come into view, and no others. */
const CallRow = memo(function CallRow({ call, index, start, isChosen, turn, query, open }: CallRowProps) {
  const { t, span, number } = useWords();
  const { error } = call;
  /** A plain click stays in this page; a new tab is the browser's. */
  const follow = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(call.requestID);
  };
  return (
    <div
      className={`call ${isChosen ? 'chosen' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${start}px)` }}
    >
      <span role="cell">
        <input
          type="checkbox"
          aria-label={t('choose', { id: call.requestID.slice(0, 8) })}
          checked={isChosen}
          onChange={() => undefined}
          onClick={(e) => turn(index, e.shiftKey)}
        />
      </span>
      <span role="cell" className="c-status">
        <Status is={call.status} />
      </span>
      <span role="cell" className="c-requestIDWord">
        <a href={`/console/invocations/${call.requestID}${query}`} title={call.requestID} onClick={follow}>
          <code>{call.requestID.slice(0, 8)}</code>
        </a>
      </span>
      <span role="cell" className="c-function">
        {call.function}
      </span>
      <span role="cell" className="c-mode">
        {t(`mode_${call.mode}`)}
      </span>
      <span role="cell" className="c-accepted">
        <Time at={call.queuedAt} as="ago" />
      </span>
      <span role="cell" className="c-waited">
        {span(call.queueMs)}
      </span>
      <span role="cell" className="c-ran">
        {call.attempt > 0 ? span(call.runMs) : '–'}
      </span>
      <span role="cell" className="c-attempts">
        {call.attempt > 0 ? number(call.attempt) : '–'}
      </span>
      <span role="cell" className="c-error" title={error?.message}>
        {error && `${error.type}: ${error.message.split('\n', 1)[0]}`}
      </span>
      <span role="cell" className="c-key">
        {call.keyID ?? '–'}
      </span>
      <span role="cell" className="c-worker">
        {call.workerID ? <code title={call.workerID}>{shortWorker(call.workerID)}</code> : '–'}
      </span>
    </div>
  );
});
