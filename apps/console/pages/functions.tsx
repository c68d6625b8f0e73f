/** The functions of the env, and one of them to try. */
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { LogLine } from '@invoq/client/index';
import { client } from '../session';
import { useWords } from '../words';
import { Log } from '../parts/log';
import { Json, Panel, Status, Trouble } from '../parts/panel';
import { useFunctions } from './overview';

const JsonEditor = lazy(() => import('../parts/json-editor'));

export function Functions() {
  const { t, span } = useWords();
  return (
    <>
      <h1>{t('functions')}</h1>
      <Panel title={t('functions')} query={useFunctions()}>
        {(functions) =>
          functions.length === 0 ? (
            <p className="quiet">{t('noFunctions')}</p>
          ) : (
            <div className="scroll" tabIndex={0}>
              <table>
                <thead>
                  <tr>
                    {(['function', 'state', 'queue', 'limit', 'memory'] as const).map((w) => (
                      <th key={w}>{t(w)}</th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {functions.map((f) => (
                    <tr key={f.name}>
                      <td>
                        <Link to="/functions/$name" params={{ name: f.name }}>
                          {f.name}
                        </Link>
                      </td>
                      <td>
                        {f.loadProblem ? (
                          <>
                            <Status is={t('broken')} /> {f.loadProblem.file}:{f.loadProblem.line} {f.loadProblem.reason}
                          </>
                        ) : f.paused ? (
                          <Status is={t('paused')} />
                        ) : (
                          t('loads')
                        )}
                      </td>
                      <td>{f.queue}</td>
                      <td className="n">{span(f.timeoutMs.async)}</td>
                      <td className="n">{f.memoryMb} MB</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Panel>
    </>
  );
}

interface Tried {
  id?: string;
  lines: LogLine[];
  end?: unknown;
  error?: unknown;
}

export function OneFunction() {
  const { name = '' }: { name?: string } = useParams({ strict: false });
  const { t } = useWords();
  const [text, setText] = useState('{}');
  const [tried, setTried] = useState<Tried>();
  const run = async (waits: boolean): Promise<void> => {
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch (why) {
      return setTried({ lines: [], error: new Error(t('badJson', { why: (why as Error).message })) });
    }
    try {
      const { requestID: id } = await client.submit(name, data);
      setTried({ id, lines: [] });
      if (!waits) return;
      for await (const event of client.follow(id)) {
        if (event.kind === 'log') setTried((was) => ({ ...was, id, lines: [...(was?.lines ?? []), event.line] }));
        if (event.kind === 'end')
          setTried((was) => ({
            id,
            lines: was?.lines ?? [],
            end: event.envelope.code === 0 ? event.envelope.data : event.envelope.error,
          }));
      }
    } catch (error) {
      setTried((was) => ({ lines: [], ...was, error }));
    }
  };
  return (
    <>
      <h1>{name}</h1>
      <div className="beside">
        <section className="panel" aria-label={t('tryIt')}>
          <header>
            <h2>{t('tryIt')}</h2>
          </header>
          <Suspense fallback={<p className="skeleton">{t('wait')}</p>}>
            <JsonEditor start="{}" label={t('data')} onChange={setText} />
          </Suspense>
          <div className="tools">
            <button className="main" onClick={() => void run(true)}>
              {t('run')}
            </button>
            <button onClick={() => void run(false)}>{t('submit')}</button>
          </div>
        </section>
        <section className="panel" aria-label={t('result')} aria-live="polite">
          <header>
            <h2>{t('result')}</h2>
          </header>
          {tried?.id && (
            <p>
              <Link to="/invocations/$id" params={{ id: tried.id }}>
                <code>{tried.id}</code>
              </Link>
            </p>
          )}
          {tried?.error !== undefined && <Trouble error={tried.error} />}
          {tried?.end !== undefined && <Json value={tried.end} />}
          {tried?.id && <Log lines={tried.lines} />}
        </section>
      </div>
    </>
  );
}
