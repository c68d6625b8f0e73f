/** One call: its story, its result or error, its input, its log, its callback. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { Deliveries, LogLine } from '@invoq/client/index';
import { usePart } from '../address';
import { EVERY } from '../live';
import { client, readCall, type SeenCall, typeOf } from '../session';
import { useAsk } from '../parts/ask';
import { CallLink } from '../parts/call-link';
import { Copy } from '../parts/copy';
import { Failure } from '../parts/failure';
import { type Followed, useFollow } from '../parts/follow';
import { Log } from '../parts/log';
import { Empty, Panel, Skeleton, Status, Trouble } from '../parts/panel';
import { isOpen } from '../parts/story';
import { Timeline } from '../parts/timeline';
import { Tree } from '../parts/tree';
import { useWords } from '../words';

const JsonEditor = lazy(() => import('../parts/json-editor'));

const TABS = ['result', 'input', 'log', 'progress', 'callback', 'calls', 'raw'] as const;
type Tab = (typeof TABS)[number];

/** Between two reads of a call whose stream is away, ms. */
const POLL_MS = 2_000;

export function OneInvocation() {
  const id = usePart('id');
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['call', id],
    queryFn: ({ signal }) => readCall(id, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data && isOpen(state.data.status) ? POLL_MS : false),
  });
  const call = query.data;
  const open = call !== undefined && isOpen(call.status);
  const followed = useFollow(open ? id : undefined);
  const { refetch } = query;
  useEffect(() => {
    if (followed.turns > 0 || followed.isOver) void refetch();
  }, [followed.turns, followed.isOver, refetch]);
  const sent = useQuery({
    queryKey: ['deliveries', id, call?.status],
    queryFn: ({ signal }) => client.deliveries(id, { signal }),
    enabled: call !== undefined,
    refetchInterval: ({ state }) => (state.data?.deliveries.some((one) => one.state === 'pending') ? POLL_MS : false),
  });
  return (
    <>
      <div className="head">
        <h1>
          <small>{t('invocation')}</small> <code>{id}</code>
        </h1>
        <Copy text={() => id} what="requestID" />
        <span className="grow" />
        {call && <Actions call={call} />}
      </div>
      <div className="two">
        <Panel title={call ? call.function : t('story')} query={query}>
          {(known) => <Summary call={known} deliveries={sent.data} progress={followed.progress ?? known.progress} />}
        </Panel>
        {call && <Details key={id} call={call} followed={followed} deliveries={sent.data} sendError={sent.error} />}
      </div>
    </>
  );
}

function Summary({ call, deliveries, progress }: { call: SeenCall; deliveries?: Deliveries; progress?: unknown }) {
  const { t } = useWords();
  const part =
    isOpen(call.status) && typeof progress === 'number' && progress >= 0 && progress <= 1 ? progress : undefined;
  return (
    <>
      <p className="facts">
        <Status is={call.status} /> <span>{t(`mode_${call.mode}`)}</span>
        <span>
          env <b>{call.env}</b>
        </span>
        <Link to="/functions/$name" params={{ name: call.function }}>
          {t('toFunction')}
        </Link>
        {call.parentID && (
          <Link to="/invocations/$id" params={{ id: call.parentID }}>
            {t('madeBy', { id: call.parentID.slice(0, 8) })}
          </Link>
        )}
        {call.replayOf && (
          <Link to="/invocations/$id" params={{ id: call.replayOf }}>
            {t('replayOf', { id: call.replayOf.slice(0, 8) })}
          </Link>
        )}
        {call.tags?.map((tag) => (
          <code key={tag}>{tag}</code>
        ))}
        {call.ahead !== undefined && <span>{t('ahead', { n: call.ahead })}</span>}
      </p>
      {part !== undefined && <progress value={part} aria-label={t('progress')} />}
      <Timeline call={call} deliveries={deliveries} />
    </>
  );
}

interface DetailsProps {
  call: SeenCall;
  followed: Followed;
  deliveries?: Deliveries;
  sendError: unknown;
}

function Details({ call, followed, deliveries, sendError }: DetailsProps) {
  const { t } = useWords();
  const navigate = useNavigate();
  // What was shown first stays when the call ends.
  const [first] = useState<Tab>(isOpen(call.status) ? 'log' : 'result');
  const said = useSearch({ strict: false }).tab;
  const tab = TABS.find((name) => name === said) ?? first;
  const turnTo = (next: Tab) => void navigate({ to: '.', search: (was) => ({ ...was, tab: next }), replace: true });
  const onKey = (event: React.KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length];
    turnTo(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <section className="panel" aria-label={t('details')}>
      <div role="tablist" className="tabs" onKeyDown={onKey}>
        {TABS.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            role="tab"
            aria-selected={tab === name}
            aria-controls="details"
            tabIndex={tab === name ? 0 : -1}
            onClick={() => turnTo(name)}
          >
            {t(name === 'result' && call.status !== 'succeeded' && !isOpen(call.status) ? 'error' : name)}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="details" aria-labelledby={`tab-${tab}`}>
        {tab === 'result' && <Result call={call} />}
        {tab === 'input' &&
          (call.data === undefined ? <Empty>{t('notKept')}</Empty> : <Tree value={call.data} name="input" />)}
        {tab === 'log' && <CallLog call={call} followed={followed} />}
        {tab === 'progress' && <Progress value={followed.progress ?? call.progress} />}
        {tab === 'callback' && <Callback call={call} deliveries={deliveries} error={sendError} />}
        {tab === 'calls' && <CallsMade by={call.requestID} isOpen={isOpen(call.status)} />}
        {tab === 'raw' && <Tree value={{ ...call, link: undefined }} name="record" />}
      </div>
    </section>
  );
}

function Result({ call }: { call: SeenCall }) {
  const { t, bytes } = useWords();
  if (call.link)
    return (
      <Empty>
        <p>{t('largeResult', { bytes: bytes(call.link.bytes) })}</p>
        <a href={call.link.url} download={`${call.requestID}.json`}>
          {t('download')}
        </a>
      </Empty>
    );
  if (!call.result) return <Empty>{t(isOpen(call.status) ? 'notEnded' : 'noResult')}</Empty>;
  if (call.result.code !== 0) return <Failure error={call.result.error} />;
  return <Tree value={call.result.data} name="result" />;
}

function CallLog({ call, followed }: { call: SeenCall; followed: Followed }) {
  const open = isOpen(call.status);
  const logs = useQuery({
    queryKey: ['log', call.requestID],
    queryFn: ({ signal }) => client.logs(call.requestID, { signal }),
    enabled: !open,
  });
  const lines: LogLine[] | undefined = open
    ? followed.lines
    : (logs.data ?? (followed.isOver ? followed.lines : undefined));
  if (open && followed.error !== undefined && typeOf(followed.error) !== '') return <Trouble error={followed.error} />;
  if (lines) return <Log lines={lines} isLive={open} />;
  return logs.error ? <Trouble error={logs.error} /> : <Skeleton />;
}

function Progress({ value }: { value: unknown }) {
  const { t, percent } = useWords();
  if (value === undefined) return <Empty>{t('noProgress')}</Empty>;
  if (typeof value !== 'number' || value < 0 || value > 1) return <Tree value={value} name="progress" />;
  return (
    <p className="facts">
      <progress value={value} aria-label={t('progress')} /> <b>{percent(value)}</b>
    </p>
  );
}

/** The newest calls that its function made. Asked for when somebody looks, as it walks the list of the env. */
function CallsMade({ by: parentID, isOpen: isGoing }: { by: string; isOpen: boolean }) {
  const { t, time } = useWords();
  const made = useQuery({
    queryKey: ['calls-made', parentID, isGoing],
    queryFn: ({ signal }) => client.list({ parentID, limit: 100, signal }),
    // An answer may be a second old, and miss what was called last.
    refetchInterval: ({ state }) => (isGoing || state.data?.invocations.length === 0 ? EVERY.calls : false),
  });
  if (!made.data) return made.error ? <Trouble error={made.error} /> : <Skeleton />;
  if (made.data.invocations.length === 0) return <Empty>{t('noCallsMade')}</Empty>;
  return (
    <ul className="calls-made">
      {made.data.invocations.map(({ requestID, function: name, status, queuedAt }) => (
        <li key={requestID}>
          <Status is={status} /> <CallLink id={requestID} name={name} /> <span className="quiet">{time(queuedAt)}</span>
        </li>
      ))}
    </ul>
  );
}

function Callback({ call, deliveries, error }: { call: SeenCall; deliveries?: Deliveries; error: unknown }) {
  const { t, time } = useWords();
  const ask = useAsk();
  if (!deliveries) return error ? <Trouble error={error} /> : <Skeleton />;
  if (!deliveries.callback) return <Empty>{t('noCallback')}</Empty>;
  const { url, events } = deliveries.callback;
  const resend = (): void =>
    ask({
      title: t('resend'),
      text: t('resendAsk', { url }),
      confirm: t('resend'),
      run: async () => (await client.resend(call.requestID), t('resendDone')),
    });
  return (
    <>
      <p className="facts">
        <code>{url}</code> <span className="quiet">{events.join(', ')}</span>
        <span className="grow" />
        {deliveries.deliveries.length > 0 && <button onClick={resend}>{t('resend')}</button>}
      </p>
      {deliveries.deliveries.map((one) => (
        <div key={one.webhookID}>
          <p className="facts">
            <Status is={one.state} /> <code>{one.webhookID}</code>
            {one.nextAt && <span>{t('nextTry', { time: time(one.nextAt) })}</span>}
          </p>
          <Tree value={one.tries} name="tries" />
        </div>
      ))}
    </>
  );
}

function Actions({ call }: { call: SeenCall }) {
  const { t } = useWords();
  const ask = useAsk();
  const navigate = useNavigate();
  const [isChanging, setChanging] = useState(false);
  const open = isOpen(call.status);
  const { requestID, function: name } = call;
  const cancel = (): void =>
    ask({
      title: t('cancelTitle'),
      text: t(call.status === 'running' ? 'cancelRunning' : 'cancelWaiting', { name }),
      confirm: t('cancelIt'),
      isDanger: true,
      run: async () => t('nowIs', { status: t(`status_${await client.cancel(requestID)}` as 'status_queued') }),
    });
  const go = (id: string) => void navigate({ to: '/invocations/$id', params: { id } });
  const replay = (): void =>
    ask({
      title: t('replayTitle'),
      text: t('replayAsk', { name }),
      confirm: t('replay'),
      run: async () => {
        const made = await client.invocations.replay(requestID);
        go(made.requestID);
        return t('replayed', { id: made.requestID.slice(0, 8) });
      },
    });
  return (
    <div className="tools">
      {open && (
        <button className="danger" onClick={cancel}>
          {t('cancel')}
        </button>
      )}
      {!open && call.data !== undefined && <button onClick={replay}>{t('replay')}</button>}
      <button onClick={() => setChanging(true)}>{t('replayChanged')}</button>
      <Copy text={() => curlOf(call)} label={t('copyCurl')} />
      {isChanging && <Changed call={call} close={() => setChanging(false)} go={go} />}
    </div>
  );
}

/** For a shell: single quotes hold everything but single quotes. */
function curlOf({ function: name, data, mode }: SeenCall): string {
  const body = JSON.stringify({ data: data ?? {}, sync: mode === 'sync' }).replaceAll("'", "'\\''");
  const url = `${location.origin}/v1/functions/${encodeURIComponent(name)}/invocations`;
  return `curl -X POST '${url}' -H 'authorization: Bearer <key>' -H 'content-type: application/json' -d '${body}'`;
}

function Changed({ call, close, go }: { call: SeenCall; close: () => void; go: (id: string) => void }) {
  const { t } = useWords();
  const [text, setText] = useState(() => JSON.stringify(call.data ?? {}, null, 2));
  const [error, setError] = useState<unknown>();
  const send = async (): Promise<void> => {
    try {
      const made = await client.submit(call.function, JSON.parse(text) as unknown);
      close();
      go(made.requestID);
    } catch (why) {
      setError(why);
    }
  };
  return (
    <dialog
      className="wide"
      ref={(box) => void (box && !box.open && box.showModal())}
      onClose={close}
      aria-labelledby="changed"
    >
      <h2 id="changed">{t('replayChanged')}</h2>
      <p>{t('changedAsk', { name: call.function })}</p>
      <Suspense fallback={<Skeleton />}>
        <JsonEditor start={text} label={t('data')} onChange={setText} />
      </Suspense>
      {error !== undefined && <Trouble error={error} />}
      <div className="tools end">
        <button onClick={close}>{t('back')}</button>
        <button className="main" onClick={() => void send()}>
          {t('submit')}
        </button>
      </div>
    </dialog>
  );
}
