/** Why a call failed: what was thrown, where, and what it was caused by. The function's own lines stand out. */
import { useWords } from '../words';
import { Copy } from './copy';
import { Tree } from './tree';

interface Thrown {
  type?: string;
  name?: string;
  message?: string;
  stack?: string;
  code?: string | number;
  details?: Record<string, unknown>;
  cause?: unknown;
  errors?: unknown[];
}

/** Lines of the platform, of packages and of Node say little about a mistake of one's own. */
const FOREIGN = /node_modules|\bnode:|\(internal\//;

export function Failure({ error, depth = 0 }: { error: Thrown; depth?: number }) {
  const { t } = useWords();
  const { type, name, message, stack, code, details, cause, errors } = error;
  const lines = (stack ?? '').split('\n').filter((line) => /^\s*at /.test(line));
  return (
    <div className="failure">
      <p>
        <strong>{name ?? type}</strong> {message}
      </p>
      <p className="quiet">
        {depth === 0 && type && <code>{type}</code>} {code !== undefined && <code>code {code}</code>}
        {stack && <Copy text={() => stack} label={t('copyStack')} />}
      </p>
      {lines.length > 0 && (
        <pre tabIndex={0} aria-label={t('stack')}>
          {lines.map((line, at) => (
            <span key={at} className={FOREIGN.test(line) ? 'foreign' : 'own'}>
              {line.trim()}
              {'\n'}
            </span>
          ))}
        </pre>
      )}
      {details && Object.keys(details).length > 0 && <Tree value={details} name="details" />}
      {isThrown(cause) && (
        <>
          <h3>{t('causedBy')}</h3>
          <Failure error={cause} depth={depth + 1} />
        </>
      )}
      {errors?.filter(isThrown).map((each, at) => (
        <Failure key={at} error={each} depth={depth + 1} />
      ))}
    </div>
  );
}

const isThrown = (value: unknown): value is Thrown => typeof value === 'object' && value !== null;
