/** What a build of the image is given: the files of the checkout, without those that .dockerignore names. */

/** @param {string[]} files paths from the root @param {string} ignore the text of .dockerignore @returns {string[]} */
export function contextOf(files, ignore) {
  const patterns = ignore.split('\n').map((line) => line.trim());
  const rules = patterns.filter((line) => line !== '' && !line.startsWith('#')).map(ruleOf);
  return files.filter((file) => !rules.some((rule) => rule.test(file)));
}

/** From the root, `*` within a name, a leading `**` in any folder; a folder goes with all that is in it. */
function ruleOf(pattern) {
  if (pattern.startsWith('!')) throw new Error(`.dockerignore: exceptions (${pattern}) are not known here`);
  const anywhere = pattern.startsWith('**/');
  const body = (anywhere ? pattern.slice(3) : pattern).replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`^${anywhere ? '(.*/)?' : ''}${body}(/|$)`);
}
