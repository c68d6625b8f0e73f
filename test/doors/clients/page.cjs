/** A page of jsdom's, whose requests are subject to CORS as a browser's are. `origin` is the page's own. */
const { JSDOM, VirtualConsole } = require('jsdom');

/** @returns its window; what scripts in it print goes to stderr, since stdout is for results */
module.exports = (origin) => {
  const virtualConsole = new VirtualConsole();
  for (const level of ['log', 'info', 'warn', 'error']) virtualConsole.on(level, (...args) => console.error(...args));
  return new JSDOM('<!doctype html>', { url: `${origin}/`, runScripts: 'outside-only', virtualConsole }).window;
};
