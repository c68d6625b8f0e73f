/**
 * What Redis runs of a script. Redis defines the functions of a script anew each time that it runs, so a function that was
 * included and is not called would be paid for by every call.
 */

/** A function of the script itself: it begins and ends at the margin. */
const FUNCTION = /^local function (\w+)\(.*\n(?:(?!end$).*\n)*end\n/gm;
/** A comment with a line of its own; not the first line, which tells Redis what the script is allowed to do. */
const COMMENT = /^[ \t]*--.*\n/gm;

/** The same script without comments, and without the functions that nothing in it calls. */
export function withoutUnused(lua: string): string {
  let text = lua.replace(COMMENT, '');
  for (let before = ''; text !== before;) {
    before = text;
    text = text.replace(FUNCTION, (whole, name: string) =>
      timesNamed(name, before) > 1 + timesNamedInside(name, whole) ? whole : '',
    );
  }
  return text;
}

function timesNamed(name: string, text: string): number {
  return text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;
}

/** Calls of itself. */
function timesNamedInside(name: string, whole: string): number {
  return timesNamed(name, whole) - 1;
}
