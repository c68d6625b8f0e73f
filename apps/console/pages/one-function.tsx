/** One function: what it may, what it did last, what died, and a place to try it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ListedFunction } from '@invoq/client/index';
import { usePart } from '../address';
import { EVERY, useFunctions } from '../live';
import { useAsk } from '../parts/ask';
import { CallLink } from '../parts/call-link';
import { NewestCalls } from '../parts/newest-calls';
import { Charts, Rates } from '../parts/over-time';
import { Empty, Panel } from '../parts/panel';
import { Table } from '../parts/table';
import { TryIt } from '../parts/try-it';
import { client } from '../session';
import { useMay } from '../who';
import { Time, useWords } from '../words';
import { FunctionState, PauseFunction } from './functions';

export function OneFunction() {
  const name = usePart('name');
  const { t } = useWords();
  const may = useMay();
  const functions = useFunctions();
  const one = functions.data?.find((each) => each.name === name);
  return (
    <>
      <div className="head">
        <h1>
          <small>{t('function')}</small> {name}
        </h1>
        {one && <FunctionState one={one} />}
        <span className="grow" />
        <Link to="/invocations" search={{ function: name }}>
          {t('itsCalls')}
        </Link>
        {one && <PauseFunction one={one} />}
      </div>
      {functions.data && !one && <Empty>{t('noSuchFunction', { name })}</Empty>}
      {may.invoke && one && <TryIt key={name} name={name} />}
      <Charts name={name} />
      <div className="two">
        <RecentCalls name={name} />
        <div>
          <Rates name={name} />
          {one && <Limits one={one} />}
          <DeadLetters name={name} />
        </div>
      </div>
    </>
  );
}

function Limits({ one }: { one: ListedFunction }) {
  const { t, span, number } = useWords();
  const { timeoutMs, memoryMb, concurrency, rate, retry, queue, contract, priority } = one;
  const facts: [string, string][] = [
    [t('queue'), queue],
    [t('contract'), contract],
    [t('syncLimit'), span(timeoutMs.sync)],
    [t('asyncLimit'), span(timeoutMs.async)],
    [t('memory'), `${number(memoryMb)} MB`],
    [t('atATime'), concurrency ? number(concurrency) : t('noLimit')],
    [t('rate'), rate ? JSON.stringify(rate) : t('noLimit')],
    [t('attempts'), retry ? number(retry.attempts ?? 3) : '1'],
    [t('priority'), number(priority ?? 0)],
  ];
  return (
    <section className="panel" aria-label={t('limits')}>
      <header>
        <h2>{t('limits')}</h2>
      </header>
      <dl className="pairs">
        {facts.map(([word, fact]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function RecentCalls({ name }: { name: string }) {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['recent', name],
    queryFn: ({ signal }) => client.list({ function: name, limit: 10, signal }),
    refetchInterval: EVERY.calls,
  });
  return (
    <Panel title={t('lastCalls')} query={query}>
      {({ invocations }) =>
        invocations.length === 0 ? <Empty>{t('noCallsYet')}</Empty> : <NewestCalls calls={invocations} ofOne />
      }
    </Panel>
  );
}

function DeadLetters({ name }: { name: string }) {
  const { t, number } = useWords();
  const may = useMay();
  const ask = useAsk();
  const letters = client.deadLetters(name);
  const query = useQuery({
    queryKey: ['letters', name],
    queryFn: ({ signal }) => letters.list({ limit: 10, signal }),
    refetchInterval: EVERY.functions,
  });
  const total = query.data?.total ?? 0;
  const replay = (): void =>
    ask({
      title: t('replayLetters', { n: number(total) }),
      text: t('replayLettersAsk', { name, n: number(total) }),
      confirm: t('replay'),
      run: async (_, say) => {
        let done = 0;
        for (;;) {
          const { replays, left } = await letters.replay();
          done += replays.filter(({ refused }) => !refused).length;
          say(t('doneOf', { n: number(done), all: number(total) }));
          if (replays.length === 0 || !left || replays.every(({ refused }) => refused)) break;
        }
        return t('doneAndRefused', { n: number(done), refused: number(Math.max(0, total - done)) });
      },
    });
  const purge = (): void =>
    ask({
      title: t('purgeLetters', { n: number(total) }),
      text: t('purgeLettersAsk', { name, n: number(total) }),
      confirm: t('purge'),
      isDanger: true,
      typed: name,
      run: async () => t('purged', { n: number(await letters.purge()) }),
    });
  const tools = total > 0 && (
    <>
      {may.invoke && (
        <button className="small" onClick={replay}>
          {t('replay')}
        </button>
      )}
      {may.admin && (
        <button className="small danger" onClick={purge}>
          {t('purge')}
        </button>
      )}
    </>
  );
  return (
    <Panel title={`${t('deadLetters')}${total > 0 ? ` (${number(total)})` : ''}`} query={query} tools={tools}>
      {(page) =>
        page.letters.length === 0 ? (
          <Empty>{t('noLetters')}</Empty>
        ) : (
          <Table
            label={t('deadLetters')}
            rows={page.letters}
            keyOf={({ requestID }) => requestID}
            columns={[
              { head: t('requestIDWord'), cell: ({ requestID }) => <CallLink id={requestID} /> },
              { head: t('died'), cell: ({ diedAt }) => <Time at={diedAt} as="ago" /> },
              { head: t('error'), cell: ({ error }) => <span className="why one-line">{error.message}</span> },
            ]}
          />
        )
      }
    </Panel>
  );
}
