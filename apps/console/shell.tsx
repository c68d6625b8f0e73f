/** What stands around each page: where one can go, the search, the env, who is signed in. */
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { AskProvider } from './parts/ask';
import { Finder } from './parts/finder';
import { session, type SessionView, typeOf } from './session';
import { turnTheme } from './theme';
import { useWords } from './words';

const PAGES = [
  ['/', 'overview'],
  ['/invocations', 'invocations'],
  ['/functions', 'functions'],
  ['/queues', 'queues'],
  ['/workers', 'workers'],
  ['/schedules', 'schedules'],
  ['/callbacks', 'callbacks'],
  ['/audit', 'audit'],
] as const;
const LOST = new Set(['CONNECTION_FAILED', 'NO_ANSWER']);
/** Between two tries to reach an API that is away, s. */
const AGAIN_S = 5;

export function Shell({ who, leave }: { who: SessionView; leave: () => void }) {
  const { t, turn, language } = useWords();
  const isLost = useLost(leave);
  const pages = PAGES.filter(
    ([, word]) => word !== 'audit' || (who.scopes.includes('admin') && who.envs.includes('*')),
  );
  return (
    <AskProvider>
      <div className="shell">
        <a
          className="skip"
          href="#page"
          onClick={(e) => (e.preventDefault(), document.getElementById('page')?.focus())}
        >
          {t('skip')}
        </a>
        <header className="top">
          <Link to="/" className="brand">
            Invoq
          </Link>
          <Env who={who} />
          <Finder />
          <span className="grow" />
          <button className="quiet-button" onClick={turnTheme} aria-label={t('theme')} title={t('theme')}>
            ◐
          </button>
          <button className="quiet-button" onClick={turn} lang={language === 'en' ? 'zh' : 'en'}>
            {language === 'en' ? '中文' : 'English'}
          </button>
          {!who.open && (
            <button className="quiet-button" onClick={() => void session('DELETE').then(leave)}>
              <span className="who">{who.id}</span> {t('signOut')}
            </button>
          )}
        </header>
        <nav aria-label={t('pages')}>
          {pages.map(([to, word]) => (
            <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
              {t(word)}
            </Link>
          ))}
        </nav>
        <main id="page" tabIndex={-1}>
          {isLost && <Lost />}
          <Outlet />
        </main>
      </div>
    </AskProvider>
  );
}

/** Is the API away? Signs out who is signed out. */
function useLost(leave: () => void): boolean {
  const cache = useQueryClient();
  const [isLost, setLost] = useState(false);
  useEffect(
    () =>
      cache.getQueryCache().subscribe(({ query, type: what }) => {
        if (what !== 'updated') return;
        const { error, fetchStatus } = query.state as { error: unknown; fetchStatus: string };
        const type = typeOf(error);
        if (type === 'UNAUTHENTICATED') leave();
        if (LOST.has(type)) setLost(true);
        else if (fetchStatus === 'idle' && query.state.status === 'success') setLost(false);
      }),
    [cache, leave],
  );
  return isLost;
}

/** Data stay as they were, and are marked as old. */
function Lost() {
  const { t } = useWords();
  const cache = useQueryClient();
  const [left, setLeft] = useState(AGAIN_S);
  useEffect(() => {
    const timer = setInterval(() => setLeft((was) => (was <= 1 ? AGAIN_S : was - 1)), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left === AGAIN_S) void cache.refetchQueries({ type: 'active' });
  }, [left, cache]);
  return (
    <div className="lost" role="alert">
      <span>{t('unreachable')}</span> <span aria-hidden="true">{t('againIn', { n: left })}</span>{' '}
      <button className="small" onClick={() => setLeft(AGAIN_S)}>
        {t('again')}
      </button>
    </div>
  );
}

/** The env is part of the address. A key for all envs may name any. */
function Env({ who }: { who: SessionView }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const { env } = useSearch({ strict: false });
  const box = useRef<HTMLInputElement>(null);
  const set = (name: string) => void navigate({ to: '.', search: (was) => ({ ...was, env: name || undefined }) });
  const named = who.envs.filter((each) => each !== '*');
  if (who.envs.includes('*'))
    return (
      <form className="env" key={env} onSubmit={(e) => (e.preventDefault(), set(box.current!.value.trim()))}>
        <label>
          env{' '}
          <input
            ref={box}
            defaultValue={env}
            placeholder={named[0] ?? 'default'}
            size={8}
            pattern="[A-Za-z0-9][A-Za-z0-9_\-]*"
          />
        </label>
      </form>
    );
  if (named.length < 2) return <span className="env">env {named[0]}</span>;
  return (
    <label className="env">
      env{' '}
      <select aria-label={t('env')} value={env ?? named[0]} onChange={(e) => set(e.target.value)}>
        {named.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
