/** What stands around each page: where one can go, the search, who is signed in. */
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { client, session, type SessionView, typeOf } from './session';
import { useWords } from './words';

const PAGES = [
  ['/', 'overview'],
  ['/invocations', 'invocations'],
  ['/functions', 'functions'],
  ['/queues', 'queues'],
  ['/workers', 'workers'],
  ['/schedules', 'schedules'],
] as const;
const LOST = new Set(['CONNECTION_FAILED', 'NO_ANSWER']);

export function Shell({ who, leave }: { who: SessionView; leave: () => void }) {
  const { t, turn, language } = useWords();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const search = useRef<HTMLInputElement>(null);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      search.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useEffect(
    () =>
      cache.getQueryCache().subscribe(({ query }) => {
        const type = typeOf(query.state.error);
        if (query.state.error) setLost(LOST.has(type));
        else if (query.state.status === 'success') setLost(false);
        if (type === 'UNAUTHENTICATED') leave();
      }),
    [cache, leave],
  );
  const find = async (text: string): Promise<void> => {
    // The list is looked through, as far as one page goes, for who has the first letters of a requestID only.
    const page = await client.list({ limit: 100 }).catch(() => ({ invocations: [] }));
    const one = page.invocations.find(({ requestID }) => requestID.startsWith(text.toLowerCase()));
    void navigate({ to: '/invocations/$id', params: { id: one?.requestID ?? text } });
  };
  const theme = () => {
    const { dataset } = document.documentElement;
    const dark = dataset.theme ? dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    localStorage.setItem('theme', (dataset.theme = dark ? 'light' : 'dark'));
  };
  return (
    <div className="shell">
      <a className="skip" href="#page">
        {t('skip')}
      </a>
      <header className="top">
        <strong>Invoq</strong>
        <form onSubmit={(e) => (e.preventDefault(), void find(search.current!.value.trim()))}>
          <input ref={search} aria-label={t('find')} placeholder={`${t('find')}  ⌘K`} />
        </form>
        <button onClick={theme}>{t('theme')}</button>
        <button onClick={turn} lang={language === 'en' ? 'zh' : 'en'}>
          {language === 'en' ? '中文' : 'English'}
        </button>
        {!who.open && (
          <button onClick={() => void session('DELETE').then(leave)}>
            {who.id} · {t('signOut')}
          </button>
        )}
      </header>
      <nav aria-label="Invoq">
        {PAGES.map(([to, word]) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/' }}>
            {t(word)}
          </Link>
        ))}
      </nav>
      <main id="page" tabIndex={-1}>
        {lost && (
          <div className="lost" role="alert">
            {t('unreachable')} <button onClick={() => void cache.refetchQueries()}>{t('again')}</button>
          </div>
        )}
        <Outlet />
      </main>
    </div>
  );
}

export function SignIn({ enter }: { enter: (who: SessionView | null) => void }) {
  const { t } = useWords();
  const [error, setError] = useState('');
  const box = useRef<HTMLInputElement>(null);
  const submit = () => void session('POST', box.current!.value).then(enter, (why: Error) => setError(why.message));
  return (
    <main className="sign-in">
      <h1>Invoq</h1>
      <form onSubmit={(e) => (e.preventDefault(), submit())}>
        <label>
          {t('key')}
          <input ref={box} type="password" autoComplete="off" required autoFocus />
        </label>
        <p className="quiet">{t('keyHint')}</p>
        {error && (
          <p role="alert" className="trouble">
            {t('wrongKey')} {error}
          </p>
        )}
        <button className="main">{t('signIn')}</button>
      </form>
    </main>
  );
}
