/** What a function printed, as text. Only the lines in view are in the page. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { LogLine } from '@invoq/client/index';
import { useWords } from '../words';

export function Log({ lines }: { lines: LogLine[] }) {
  const { t, time } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const [search, setSearch] = useState('');
  const [follows, setFollows] = useState(true);
  const shown = search === '' ? lines : lines.filter(({ text }) => text.toLowerCase().includes(search.toLowerCase()));
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => 20,
    overscan: 20,
  });
  useEffect(() => {
    if (follows && shown.length > 0) rows.scrollToIndex(shown.length - 1);
  }, [follows, shown.length, rows]);
  if (lines.length === 0) return <p className="quiet">{t('noLog')}</p>;
  return (
    <>
      <div className="tools">
        <input
          aria-label={t('search')}
          placeholder={t('search')}
          value={search}
          onChange={(e) => setSearch(e.target.value)}
        />
        <label>
          <input type="checkbox" checked={follows} onChange={(e) => setFollows(e.target.checked)} /> {t('follow')}
        </label>
      </div>
      <div className="log" ref={box} tabIndex={0} role="log" aria-label={t('log')}>
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => (
            <div key={index} className={`line ${shown[index].level}`} style={{ transform: `translateY(${start}px)` }}>
              <span title={shown[index].time}>{time(shown[index].time)}</span> <b>{shown[index].level}</b>{' '}
              {shown[index].text}
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
