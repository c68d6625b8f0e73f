/** One call: its story, its result or error, its input, its log, its callback. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { client } from '../session';
import { Time, useWords } from '../words';
import { Log } from '../parts/log';
import { Json, Panel, Status, Trouble } from '../parts/panel';

const TABS = ['result', 'input', 'log', 'progress', 'deliveries', 'raw'] as const;
const OPEN = ['queued', 'running', 'retrying'];

export function OneInvocation() {
  const { id = '' }: { id?: string } = useParams({ strict: false });
  const { t, span } = useWords();
  const [tab, setTab] = useState<(typeof TABS)[number]>('result');
  const [error, setError] = useState<unknown>();
  const ask = useRef<HTMLDialogElement>(null);
  const cache = useQueryClient();
  const query = useQuery({
    queryKey: ['call', id],
    queryFn: ({ signal }) => client.get(id, { data: true, signal }),
    refetchInterval: ({ state }) => (state.data && OPEN.includes(state.data.status) ? 1_000 : false),
  });
  const open = query.data !== undefined && OPEN.includes(query.data.status);
  const logs = useQuery({
    queryKey: ['log', id],
    queryFn: ({ signal }) => client.logs(id, { signal }),
    enabled: tab === 'log',
    refetchInterval: open ? 1_000 : false,
  });
  const sent = useQuery({
    queryKey: ['deliveries', id],
    queryFn: ({ signal }) => client.deliveries(id, { signal }),
    enabled: tab === 'deliveries',
  });
  const act = (work: Promise<unknown>) =>
    void work.then(() => (setError(undefined), cache.invalidateQueries()), setError);
  return (
    <>
      <h1>
        <code>{id}</code>
      </h1>
      <Panel title={query.data?.function ?? t('invocations')} query={query}>
        {(call) => (
          <>
            <div className="tools">
              <Status is={call.status} />
              {open && <button onClick={() => ask.current?.showModal()}>{t('cancel')}</button>}
            </div>
            <ol className="story">
              <li>
                {t('accepted')} <Time at={call.queuedAt} />
              </li>
              <li>
                {t('waited')} {span(call.queueMs)}
              </li>
              {call.attempts?.map((attempt, i) => (
                <li key={i}>
                  {t('attempt', { n: i + 1 })} <code>{JSON.stringify(attempt)}</code>
                </li>
              ))}
              <li>
                {t('ran')} {span(call.runMs)}
              </li>
            </ol>
            <div role="tablist" className="tabs">
              {TABS.map((name) => (
                <button key={name} role="tab" aria-selected={tab === name} onClick={() => setTab(name)}>
                  {t(name)}
                </button>
              ))}
            </div>
            <div role="tabpanel" aria-label={t(tab)}>
              {tab === 'result' &&
                (call.result ? (
                  <Json value={call.result.code === 0 ? call.result.data : call.result.error} />
                ) : (
                  <p className="quiet">{t('notEnded')}</p>
                ))}
              {tab === 'input' &&
                (call.data === undefined ? <p className="quiet">{t('notKept')}</p> : <Json value={call.data} />)}
              {tab === 'log' && (logs.data ? <Log lines={logs.data} /> : logs.error && <Trouble error={logs.error} />)}
              {tab === 'progress' && <Json value={call.progress ?? null} />}
              {tab === 'deliveries' &&
                (sent.data ? (
                  <>
                    <button onClick={() => act(client.resend(id))}>{t('resend')}</button>
                    <Json value={sent.data} />
                  </>
                ) : (
                  sent.error && <Trouble error={sent.error} />
                ))}
              {tab === 'raw' && <Json value={call} />}
            </div>
          </>
        )}
      </Panel>
      {error !== undefined && <Trouble error={error} />}
      <dialog ref={ask} aria-label={t('cancel')}>
        <p>{t('cancelAsk')}</p>
        <button onClick={() => ask.current?.close()}>{t('keep')}</button>{' '}
        <button className="danger" onClick={() => (ask.current?.close(), act(client.cancel(id)))}>
          {t('cancel')}
        </button>
      </dialog>
    </>
  );
}
