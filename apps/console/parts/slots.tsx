/** Slots as squares: busy ones are filled. Many of them are a bar. */
import { useWords } from '../words';

const MOST = 24;

export function Slots({ busy, all }: { busy: number; all: number }) {
  const { t, number } = useWords();
  const text = t('busyOf', { busy: number(busy), all: number(all) });
  return (
    <span className="slots">
      {all <= MOST ? (
        Array.from({ length: all }, (_, at) => <i key={at} className={at < busy ? 'busy' : ''} aria-hidden="true" />)
      ) : (
        <meter value={busy} max={all} aria-label={text} />
      )}
      <span className="figure">{text}</span>
    </span>
  );
}
