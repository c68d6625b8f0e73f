/** Text of strangers on a terminal: what a function printed or returned must not move the cursor or set colours. */

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** With every control character but tab and newline written out, such as \x1b. */
export function shown(text: string): string {
  return text.replace(CONTROL, (char) => {
    const code = char.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

/** On one line, too. */
export function shownInLine(text: string): string {
  return shown(text.replace(/\n/g, '\\n').replace(/\t/g, ' '));
}
