/** A JSON value as a tree: objects and lists open and close, each can be copied. All of it is text. */
import { useState } from 'react';
import { useWords } from '../words';
import { Copy } from './copy';

/** Members that are shown at once; the others on demand. */
const STEP = 100;
/** A text beyond it is cut until it is asked for, characters. */
const LONG = 2_000;

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null;

export function Tree({ value, name }: { value: unknown; name: string }) {
  const { t } = useWords();
  const json = () => JSON.stringify(value, null, 2);
  return (
    <div className="tree">
      <div className="tools end">
        <Copy text={json} label={t('copyAll')} what={name} />
        <button className="small" onClick={() => download(`${name}.json`, json())}>
          {t('download')}
        </button>
      </div>
      <Node value={value} depth={0} />
    </div>
  );
}

function Node({ value, name, depth }: { value: unknown; name?: string; depth: number }) {
  const { t } = useWords();
  const [open, setOpen] = useState(depth < 2);
  const [most, setMost] = useState(STEP);
  const label = name !== undefined && (
    <>
      <b>{name}</b>
      {': '}
    </>
  );
  if (!isBranch(value))
    return (
      <div className="leaf">
        {label}
        <Leaf value={value} />
      </div>
    );
  const members = Object.entries(value as Record<string, unknown>);
  const [left, right] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return (
    <details open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        {label}
        {open ? left : `${left} … ${right}`} <small>{members.length}</small>
        {depth > 0 && open && <Copy text={() => JSON.stringify(value, null, 2)} what={name} />}
      </summary>
      {open && (
        <div className="members">
          {members.slice(0, most).map(([key, member]) => (
            <Node key={key} name={key} value={member} depth={depth + 1} />
          ))}
          {members.length > most && (
            <button className="small" onClick={() => setMost(most + STEP)}>
              {t('showMore', { n: members.length - most })}
            </button>
          )}
        </div>
      )}
      {open && right}
    </details>
  );
}

function Leaf({ value }: { value: unknown }) {
  const { t } = useWords();
  const [whole, setWhole] = useState(false);
  const text = JSON.stringify(value) ?? 'null';
  const cut = !whole && text.length > LONG;
  return (
    <span className={`v ${value === null ? 'null' : typeof value}`}>
      {cut ? `${text.slice(0, LONG)}…` : text}{' '}
      {cut && (
        <button className="small" onClick={() => setWhole(true)}>
          {t('showMore', { n: text.length - LONG })}
        </button>
      )}
    </span>
  );
}

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
