/** minapp-sdk's web build, in a page of jsdom's. `token` is what a login would have left in localStorage. */
const { readFileSync } = require('node:fs');
const openPage = require('./page.cjs');

module.exports = ({ origin, token, clientID, init }) => {
  const window = openPage(origin);
  if (token) {
    window.localStorage.setItem('ifx_baas_auth_token', JSON.stringify({ value: token }));
  }
  window.eval(readFileSync(require.resolve('minapp-sdk/lib/web.js'), 'utf8'));
  const { BaaS } = window;
  BaaS.init(clientID, init);
  return ({ method = 'invoke', args }) => BaaS[method](...args);
};
