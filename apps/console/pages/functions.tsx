/** The functions of the env: which of them serve, which are held back, which do not load and why. */
import { Link } from '@tanstack/react-router';
import type { ListedFunction } from '@invoq/client/index';
import { useFunctions } from '../live';
import { useAsk } from '../parts/ask';
import { Empty, Panel, Status } from '../parts/panel';
import { Table } from '../parts/table';
import { client } from '../session';
import { useMay } from '../who';
import { useWords } from '../words';

export function Functions() {
  const { t, span, number } = useWords();
  return (
    <>
      <h1>{t('functions')}</h1>
      <Panel isAlone title={t('functions')} query={useFunctions()}>
        {(functions) =>
          functions.length === 0 ? (
            <Empty>
              <p>{t('noFunctions')}</p>
              <pre tabIndex={0}>{'INVOQ_FUNCTIONS=./functions npm start'}</pre>
            </Empty>
          ) : (
            <Table
              label={t('functions')}
              rows={functions}
              keyOf={({ name }) => name}
              columns={[
                {
                  head: t('function'),
                  cell: ({ name }) => (
                    <Link to="/functions/$name" params={{ name }}>
                      {name}
                    </Link>
                  ),
                },
                { head: t('state'), cell: (one) => <FunctionState one={one} /> },
                { head: t('queue'), cell: ({ queue }) => queue },
                {
                  head: t('limit'),
                  isNumber: true,
                  cell: ({ timeoutMs }) => `${span(timeoutMs.sync)} / ${span(timeoutMs.async)}`,
                },
                { head: t('memory'), isNumber: true, isMinor: true, cell: ({ memoryMb }) => `${number(memoryMb)} MB` },
                {
                  head: t('atATime'),
                  isNumber: true,
                  isMinor: true,
                  cell: ({ concurrency }) => (concurrency ? number(concurrency) : '–'),
                },
                {
                  head: t('attempts'),
                  isNumber: true,
                  isMinor: true,
                  cell: ({ retry }) => (retry ? number(retry.attempts ?? 3) : '1'),
                },
                { head: t('actions'), cell: (one) => <PauseFunction one={one} /> },
              ]}
            />
          )
        }
      </Panel>
    </>
  );
}

export function FunctionState({ one }: { one: ListedFunction }) {
  const { t } = useWords();
  if (one.loadProblem) {
    const { file, line, reason } = one.loadProblem;
    return (
      <>
        <Status is="broken" />
        <div className="why">
          {reason}
          <br />
          <code>
            {file.split('/').slice(-2).join('/')}
            {line ? `:${line}` : ''}
          </code>
        </div>
      </>
    );
  }
  if (one.unservedSince) return <Status is="unserved" />;
  if (one.paused)
    return (
      <>
        <Status is="paused" /> <span className="quiet">{one.paused.reason}</span>
      </>
    );
  return <Status is="serves">{t('status_serves')}</Status>;
}

export function PauseFunction({ one }: { one: ListedFunction }) {
  const { t } = useWords();
  const may = useMay();
  const ask = useAsk();
  if (!may.admin) return null;
  const { name, paused } = one;
  const pause = (): void =>
    ask({
      title: t('pauseTitle', { name }),
      text: t('pauseFunctionAsk', { name }),
      confirm: t('pause'),
      asksReason: true,
      run: async ({ reason }) => (await client.functions.pause(name, { reason }), t('isPaused', { name })),
    });
  const resume = (): void =>
    ask({
      title: t('resumeTitle', { name }),
      text: t('resumeFunctionAsk', { name }),
      confirm: t('resume'),
      run: async () => (await client.functions.resume(name), t('isResumed', { name })),
    });
  return (
    <button
      className="small"
      aria-label={`${t(paused ? 'resume' : 'pause')} ${name}`}
      onClick={paused ? resume : pause}
    >
      {t(paused ? 'resume' : 'pause')}
    </button>
  );
}
