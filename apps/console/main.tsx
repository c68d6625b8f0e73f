/** The console: who is it, and which page do they ask for? */
import './style.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { StrictMode, useCallback, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Functions, OneFunction } from './pages/functions';
import { OneInvocation } from './pages/invocation';
import { type CallFilter, Invocations } from './pages/invocations';
import { Overview, Queues, Workers } from './pages/overview';
import { Schedules } from './pages/schedules';
import { session, type SessionView } from './session';
import { Shell, SignIn } from './shell';
import { useWords, WordsProvider } from './words';

const theme = localStorage.getItem('theme');
if (theme) document.documentElement.dataset.theme = theme;
const cache = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } });

function Titled({ word }: { word: 'queues' | 'workers' }) {
  const { t } = useWords();
  return (
    <>
      <h1>{t(word)}</h1>
      {word === 'queues' ? <Queues /> : <Workers />}
    </>
  );
}

function routerFor(who: SessionView, leave: () => void) {
  const root = createRootRoute({ component: () => <Shell who={who} leave={leave} /> });
  const page = (path: string, component: () => React.ReactNode) =>
    createRoute({ getParentRoute: () => root, path, component });
  const calls = createRoute({
    getParentRoute: () => root,
    path: '/invocations',
    component: Invocations,
    validateSearch: (said: Record<string, unknown>): CallFilter => ({
      function: typeof said.function === 'string' ? said.function : undefined,
      status: typeof said.status === 'string' ? said.status : undefined,
    }),
  });
  const routeTree = root.addChildren([
    page('/', Overview),
    calls,
    page('/invocations/$id', OneInvocation),
    page('/functions', Functions),
    page('/functions/$name', OneFunction),
    page('/queues', () => <Titled word="queues" />),
    page('/workers', () => <Titled word="workers" />),
    page('/schedules', Schedules),
  ]);
  return createRouter({ routeTree, basepath: '/console' });
}

function Console() {
  const [who, setWho] = useState<SessionView | null>();
  const leave = useCallback(() => (cache.clear(), setWho(null)), []);
  useEffect(() => void session().then(setWho, () => setWho(null)), []);
  const router = useMemo(() => who && routerFor(who, leave), [who, leave]);
  if (who === undefined) return null;
  return router ? <RouterProvider router={router} /> : <SignIn enter={setWho} />;
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <WordsProvider>
      <QueryClientProvider client={cache}>
        <Console />
      </QueryClientProvider>
    </WordsProvider>
  </StrictMode>,
);
