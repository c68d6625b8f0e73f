/** @cloudbase/node-sdk. */
module.exports = ({ init }) => {
  const tcb = require('@cloudbase/node-sdk');
  const app = tcb.init(init);
  return ({ options, ...call }) => app.callFunction(call, options);
};
