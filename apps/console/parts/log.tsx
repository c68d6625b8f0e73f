/** What a function printed, as text. Only the lines in view are in the page. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { LogLine } from '@invoq/client/index';
import { useWords, utc } from '../words';
import { Copy } from './copy';
import { Empty } from './panel';

const LINE = 20;
/** Colours of terminals: their codes say nothing here. */
const CODES = /\u001b\[[0-9;]*m/g;

export function Log({ lines, isLive }: { lines: LogLine[]; isLive: boolean }) {
  const { t, exact, number } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const [search, setSearch] = useState('');
  const [level, setLevel] = useState('');
  const [follows, setFollows] = useState(isLive);
  const wanted = useDeferredValue(search.toLowerCase());
  const shown = useMemo(
    () =>
      lines.filter(
        (line) =>
          (level === '' || line.level === level || (level === 'warn' && line.level === 'error')) &&
          (wanted === '' || line.text.toLowerCase().includes(wanted)),
      ),
    [lines, level, wanted],
  );
  const attempts = new Set(lines.map(({ attempt }) => attempt)).size;
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  useEffect(() => {
    if (follows && shown.length > 0) rows.scrollToIndex(shown.length - 1);
  }, [follows, shown.length, rows]);
  if (lines.length === 0) return <Empty>{t(isLive ? 'noLogYet' : 'noLog')}</Empty>;
  /** Who scrolls up reads: what comes does not move it. */
  const onScroll = (): void => {
    const { scrollTop } = box.current!;
    if (scrollTop < lastTop.current - LINE) setFollows(false);
    lastTop.current = scrollTop;
  };
  return (
    <>
      <div className="tools">
        <input
          type="search"
          aria-label={t('searchLog')}
          placeholder={t('searchLog')}
          value={search}
          onChange={(e) => setSearch(e.target.value)}
        />
        <select aria-label={t('level')} value={level} onChange={(e) => setLevel(e.target.value)}>
          <option value="">{t('allLevels')}</option>
          <option value="warn">{t('warnAndWorse')}</option>
          <option value="error">{t('errorsOnly')}</option>
        </select>
        <label>
          <input type="checkbox" checked={follows} onChange={(e) => setFollows(e.target.checked)} /> {t('follow')}
        </label>
        <span className="grow" />
        <small role="status">{t('linesOf', { n: number(shown.length), all: number(lines.length) })}</small>
        <Copy text={() => shown.map(({ time, text }) => `${time} ${text}`).join('\n')} what={t('log')} />
      </div>
      <div className="log" ref={box} tabIndex={0} role="region" aria-label={t('log')} onScroll={onScroll}>
        <div style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const line = shown[index];
            return (
              <div key={index} className={`line ${line.level}`} style={{ transform: `translateY(${start}px)` }}>
                <span className="at" title={utc(line.time)}>
                  {exact(line.time)}
                </span>
                {attempts > 1 && <span className="at">#{line.attempt}</span>}
                <span className="level">{line.level}</span>
                <span>{marked(line.text.replace(CODES, ''), wanted)}</span>
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

function marked(text: string, wanted: string) {
  const at = wanted === '' ? -1 : text.toLowerCase().indexOf(wanted);
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length)}
    </>
  );
}
