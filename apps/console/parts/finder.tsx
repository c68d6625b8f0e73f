/** Takes a requestID, or its first letters, or the name of a function, from any page (Ctrl-K), and opens what it names. */
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useFunctions } from '../live';
import { client } from '../session';
import { useWords } from '../words';

const WHOLE = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const LETTERS = /^[0-9a-f-]{4,35}$/i;
const isMac = /mac/i.test(navigator.userAgent);

interface Hit {
  kind: 'call' | 'function';
  id: string;
  text: string;
}

/** Calls whose requestID begins so, newest first. */
async function callsLike(text: string, signal: AbortSignal): Promise<Hit[]> {
  if (WHOLE.test(text)) return [{ kind: 'call', id: text.toLowerCase(), text }];
  if (!LETTERS.test(text)) return [];
  const { invocations } = await client.list({ requestID: text.toLowerCase(), limit: 6, signal });
  return invocations.map(({ requestID, function: name }) => ({
    kind: 'call',
    id: requestID,
    text: `${requestID} · ${name}`,
  }));
}

export function Finder() {
  const { t } = useWords();
  const navigate = useNavigate();
  const box = useRef<HTMLInputElement>(null);
  const functions = useFunctions();
  const [text, setText] = useState('');
  const [calls, setCalls] = useState<Hit[]>([]);
  const [isNone, setNone] = useState(false);
  const [at, setAt] = useState(0);
  const wanted = text.trim();
  const named = (wanted === '' ? [] : (functions.data ?? []))
    .filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()))
    .slice(0, 6)
    .map(({ name }): Hit => ({ kind: 'function', id: name, text: name }));
  const hits = [...calls, ...named];
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      box.current?.select();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useEffect(() => {
    setAt(0);
    setNone(false);
    setCalls([]);
    const control = new AbortController();
    const timer = setTimeout(
      () =>
        void callsLike(wanted, control.signal).then(
          (found) => !control.signal.aborted && setCalls(found),
          () => undefined,
        ),
      150,
    );
    return () => (clearTimeout(timer), control.abort());
  }, [wanted]);
  const open = (hit: Hit): void => {
    setText('');
    box.current?.blur();
    if (hit.kind === 'call') void navigate({ to: '/invocations/$id', params: { id: hit.id } });
    else void navigate({ to: '/functions/$name', params: { name: hit.id } });
  };
  const submit = async (): Promise<void> => {
    const hit = hits.at(at) ?? (await callsLike(wanted, new AbortController().signal).catch(() => [])).at(0);
    if (hit) open(hit);
    else setNone(wanted !== '');
  };
  const onKey = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') setText('');
    if (step === undefined || hits.length === 0) return;
    event.preventDefault();
    setAt((at + step + hits.length) % hits.length);
  };
  const isOpen = wanted !== '' && (hits.length > 0 || isNone);
  return (
    <form className="finder" role="search" onSubmit={(e) => (e.preventDefault(), void submit())}>
      <input
        ref={box}
        role="combobox"
        aria-label={t('find')}
        aria-expanded={isOpen}
        aria-controls="hits"
        aria-activedescendant={isOpen && hits.length > 0 ? `hit-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={t('find')}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={onKey}
        onBlur={() => setTimeout(() => setText(''), 200)}
      />
      <kbd aria-hidden="true">{isMac ? '⌘K' : 'Ctrl K'}</kbd>
      <div id="hits" className="hits" role="listbox" aria-label={t('find')} hidden={!isOpen}>
        {hits.map((hit, index) => (
          <div
            key={hit.kind + hit.id}
            id={`hit-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(e) => (e.preventDefault(), open(hit))}
          >
            <small>{t(hit.kind === 'call' ? 'invocation' : 'function')}</small> {hit.text}
          </div>
        ))}
        {isNone && hits.length === 0 && (
          <div role="option" aria-selected="false" aria-disabled="true">
            {t('notFound')}
          </div>
        )}
      </div>
    </form>
  );
}
