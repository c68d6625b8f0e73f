/** A function is tried: data in, result and log beside. */
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { callAndWait, client, readCall } from '../session';
import { useWords } from '../words';
import { CallLink } from './call-link';
import { Failure } from './failure';
import { useFollow } from './follow';
import { Log } from './log';
import { Empty, Skeleton, Status, Trouble } from './panel';
import { isOpen } from './story';
import { Tree } from './tree';

const JsonEditor = lazy(() => import('./json-editor'));

/** The data of the last call, where they are kept; else an empty object. */
async function startFor(name: string, signal: AbortSignal): Promise<string> {
  const { invocations } = await client.list({ function: name, limit: 1, signal });
  if (invocations.length === 0) return '{}';
  const { data } = await readCall(invocations[0].requestID, signal);
  return JSON.stringify(data ?? {}, null, 2);
}

export function TryIt({ name }: { name: string }) {
  const { t } = useWords();
  const start = useQuery({
    queryKey: ['start', name],
    queryFn: ({ signal }) => startFor(name, signal).catch(() => '{}'),
    staleTime: Infinity,
  });
  const [text, setText] = useState<string>();
  const [mode, setMode] = useState<'async' | 'sync'>('async');
  const [id, setID] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    setID(undefined);
    try {
      const data = parsed(text ?? start.data ?? '{}', (why) => t('badJson', { why }));
      setID(mode === 'sync' ? (await callAndWait(name, data)).requestID : (await client.submit(name, data)).requestID);
    } catch (why) {
      setError(why);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="two even">
      <section className="panel" aria-label={t('tryIt')}>
        <header>
          <h2>{t('tryIt')}</h2>
          <small>{t('tryHint')}</small>
        </header>
        <div
          onKeyDownCapture={(e) =>
            e.key === 'Enter' && (e.ctrlKey || e.metaKey) && (e.preventDefault(), e.stopPropagation(), void run())
          }
        >
          {start.data === undefined ? (
            <Skeleton />
          ) : (
            <Suspense fallback={<Skeleton />}>
              <JsonEditor start={start.data} label={t('data')} onChange={setText} />
            </Suspense>
          )}
        </div>
        <div className="tools">
          <button className="main" disabled={isBusy} onClick={() => void run()}>
            {t(isBusy ? 'working' : 'run')}
          </button>
          {(['async', 'sync'] as const).map((each) => (
            <label key={each}>
              <input type="radio" name="mode" checked={mode === each} onChange={() => setMode(each)} />{' '}
              {t(`try_${each}`)}
            </label>
          ))}
        </div>
      </section>
      <section className="panel" aria-label={t('result')}>
        <header>
          <h2>{t('result')}</h2>
        </header>
        {error !== undefined && <Trouble error={error} />}
        {id === undefined && error === undefined && <Empty>{t(isBusy ? 'working' : 'runFirst')}</Empty>}
        {id !== undefined && <Tried key={id} id={id} />}
      </section>
    </div>
  );
}

function parsed(text: string, onError: (why: string) => string): unknown {
  try {
    return JSON.parse(text);
  } catch (why) {
    throw new Error(onError((why as Error).message));
  }
}

function Tried({ id }: { id: string }) {
  const { t, span } = useWords();
  const followed = useFollow(id);
  const query = useQuery({ queryKey: ['call', id], queryFn: ({ signal }) => readCall(id, signal) });
  const { refetch } = query;
  useEffect(() => {
    if (followed.turns > 0 || followed.isOver) void refetch();
  }, [followed.turns, followed.isOver, refetch]);
  const call = query.data;
  return (
    <div aria-live="polite">
      <p className="facts">
        {call && <Status is={call.status} />}
        <CallLink id={id} isWhole />
        {call && !isOpen(call.status) && (
          <span className="quiet">
            {t('waited')} {span(call.queueMs)} · {t('ran')} {span(call.runMs)}
          </span>
        )}
      </p>
      {followed.error !== undefined && <Trouble error={followed.error} />}
      {call?.link && <p>{t('largeOne')}</p>}
      {call?.result &&
        !call.link &&
        (call.result.code === 0 ? (
          <Tree value={call.result.data} name="result" />
        ) : (
          <Failure error={call.result.error} />
        ))}
      <Log lines={followed.lines} isLive={!followed.isOver} />
    </div>
  );
}
