/** @cloudbase/js-sdk, its build for Node. `style: 'callback'` in a call: the answer comes by a node-style callback. */
module.exports = ({ host, init }) => {
  const cloudbase = require('@cloudbase/js-sdk').default ?? require('@cloudbase/js-sdk');
  const app = cloudbase.init(init);
  app.registerHost(host, 'http');
  return ({ style, ...call }) => {
    if (style !== 'callback') return app.callFunction(call);
    return new Promise((done, fail) => app.callFunction(call, (error, result) => (error ? fail(error) : done(result))));
  };
};
