/** Copies a text, and says so. */
import { useState } from 'react';
import { useWords } from '../words';

interface CopyProps {
  /** Made when it is asked for: it may be large. */
  text: () => string;
  label?: string;
  /** What it copies, for who does not see where it stands. */
  what?: string;
}

export function Copy({ text, label, what }: CopyProps) {
  const { t } = useWords();
  const [done, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text());
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  const shown = done ? t('copied') : (label ?? t('copy'));
  return (
    <button className="small" onClick={() => void copy()} aria-label={what && `${shown} ${what}`}>
      {shown}
    </button>
  );
}
