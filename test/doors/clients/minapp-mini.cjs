/** minapp-sdk's mini-program build, with the few parts of `wx` that a call needs. `package` says which line of it. */
module.exports = ({ package: name, regeneratorRuntime, token, clientID, init }) => {
  // 3.23.6 was published without the runtime that it calls; a mini program brings its own.
  if (regeneratorRuntime) globalThis.regeneratorRuntime = require('regenerator-runtime');
  const storage = new Map();
  if (token) {
    storage.set('ifx_baas_auth_token', token);
  }
  globalThis.window = globalThis;
  globalThis.wx = wx(storage);
  const BaaS = require(name);
  BaaS.init(clientID, init);
  return ({ method = 'invoke', args }) => BaaS[method](...args);
};

function wx(storage) {
  return {
    getStorageSync: (key) => storage.get(key) ?? '',
    setStorageSync: (key, value) => void storage.set(key, value),
    getStorage({ key, success, fail }) {
      if (storage.has(key)) success({ data: storage.get(key) });
      else fail({ errMsg: 'getStorage:fail data not found' });
    },
    setStorage({ key, data, success }) {
      storage.set(key, data);
      success({ errMsg: 'setStorage:ok' });
    },
    removeStorageSync: (key) => void storage.delete(key),
    getSystemInfoSync: () => ({ platform: 'devtools', SDKVersion: '2.30.0' }),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx0000000000000000', envVersion: 'develop' } }),
    getNetworkType: ({ success }) => success({ networkType: 'wifi' }),
    request({ url, method, data, header, success, fail, complete }) {
      const body = method === 'GET' ? undefined : JSON.stringify(data);
      fetch(url, { method, body, headers: { 'content-type': 'application/json', ...header } })
        .then(async (response) => {
          const text = await response.text();
          success?.({ statusCode: response.status, data: parsed(text), header: Object.fromEntries(response.headers) });
        })
        .catch((error) => fail?.({ errMsg: `request:fail ${error.message}` }))
        .finally(() => complete?.());
    },
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
