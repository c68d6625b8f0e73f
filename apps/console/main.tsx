/** The console: who is it, and which page do they ask for? */
import './style.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, retainSearchParams, RouterProvider } from '@tanstack/react-router';
import { StrictMode, useCallback, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Audit } from './pages/audit';
import { Functions } from './pages/functions';
import { OneInvocation } from './pages/invocation';
import { type CallFilter, Invocations, isSpan } from './pages/invocations';
import { OneFunction } from './pages/one-function';
import { Overview } from './pages/overview';
import { Queues } from './pages/queues';
import { Callbacks } from './pages/callbacks';
import { Schedules } from './pages/schedules';
import { Workers } from './pages/workers';
import { Empty, Trouble } from './parts/panel';
import { switchEnv, session, type SessionView } from './session';
import { Shell } from './shell';
import { SignIn } from './sign-in';
import { Who } from './who';
import { showTheme } from './theme';
import { useWords, WordsProvider } from './words';

showTheme();
const cache = new QueryClient({
  defaultOptions: { queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: 'always' } },
});

function Nothing() {
  const { t } = useWords();
  return <Empty>{t('noPage')}</Empty>;
}

const text = (said: unknown): string | undefined => (typeof said === 'string' && said !== '' ? said : undefined);

function routerFor(who: SessionView, leave: () => void) {
  let seen: string | undefined;
  const root = createRootRoute({
    component: () => (
      <Who.Provider value={who}>
        <Shell who={who} leave={leave} />
      </Who.Provider>
    ),
    notFoundComponent: Nothing,
    errorComponent: ({ error }) => <Trouble error={error} />,
    validateSearch: ({ env }: Record<string, unknown>): { env?: string } => ({ env: text(env) }),
    search: { middlewares: [retainSearchParams(['env'])] },
    beforeLoad: ({ search: { env } }) => {
      if (env !== seen) cache.clear();
      seen = env;
      switchEnv(env);
    },
  });
  const page = <const Path extends string>(path: Path, component: () => React.ReactNode) =>
    createRoute({ getParentRoute: () => root, path, component });
  const calls = createRoute({
    getParentRoute: () => root,
    path: '/invocations',
    component: Invocations,
    validateSearch: (said: Record<string, unknown>): CallFilter => ({
      function: text(said.function),
      status: text(said.status),
      span: isSpan(said.span) ? said.span : undefined,
    }),
  });
  const call = createRoute({
    getParentRoute: () => root,
    path: '/invocations/$id',
    component: OneInvocation,
    validateSearch: ({ tab }: Record<string, unknown>): { tab?: string } => ({ tab: text(tab) }),
  });
  const ranged = ({ range }: Record<string, unknown>): { range?: string } => ({ range: text(range) });
  const overview = createRoute({ getParentRoute: () => root, path: '/', component: Overview, validateSearch: ranged });
  const oneFunction = createRoute({
    getParentRoute: () => root,
    path: '/functions/$name',
    component: OneFunction,
    validateSearch: ranged,
  });
  const routeTree = root.addChildren([
    overview,
    calls,
    call,
    page('/functions', Functions),
    oneFunction,
    page('/queues', Queues),
    page('/workers', Workers),
    page('/schedules', Schedules),
    page('/callbacks', Callbacks),
    page('/audit', Audit),
  ]);
  return createRouter({ routeTree, basepath: '/console', defaultNotFoundComponent: Nothing });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof routerFor>;
  }
}

function Console() {
  const [who, setWho] = useState<SessionView | null>();
  const [error, setError] = useState<unknown>();
  const leave = useCallback(() => (cache.clear(), setWho(null)), []);
  useEffect(() => void session().then(setWho, setError), []);
  const router = useMemo(() => who && routerFor(who, leave), [who, leave]);
  if (error !== undefined) return <Trouble error={error} />;
  if (who === undefined) return null;
  return router ? <RouterProvider router={router} /> : <SignIn enter={setWho} />;
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <WordsProvider>
        <Console />
      </WordsProvider>
    </QueryClientProvider>
  </StrictMode>,
);
