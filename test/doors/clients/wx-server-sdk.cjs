/** wx-server-sdk: `settings.package` says which line of it, `settings.init` is what `cloud.init` gets. */
module.exports = ({ package: name, init }) => {
  const cloud = require(name);
  cloud.init(init.env === 'DYNAMIC_CURRENT_ENV' ? { ...init, env: cloud.DYNAMIC_CURRENT_ENV } : init);
  return (call) => cloud.callFunction(call);
};
