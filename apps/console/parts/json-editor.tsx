/** An editor of JSON. Its styles carry the nonce of the page. */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching } from '@codemirror/language';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';

export default function JsonEditor({
  start,
  label,
  onChange,
}: {
  start: string;
  label: string;
  onChange: (text: string) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';
    const view = new EditorView({
      doc: start,
      parent: place.current!,
      extensions: [
        EditorView.cspNonce.of(nonce),
        EditorView.contentAttributes.of({ 'aria-label': label }),
        lineNumbers(),
        history(),
        bracketMatching(),
        json(),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
      ],
    });
    return () => view.destroy();
    // Made once: what is typed in it is its own.
  }, []);
  return <div className="editor" ref={place} />;
}
