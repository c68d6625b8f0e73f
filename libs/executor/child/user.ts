/**
 * Who the user is, as functions of the cloudbase contract read it: `event.userInfo` and, of wx-server-sdk, `getWXContext()`.
 * Where the caller has said no user, a line in the log of the call says so: what reads `undefined` fails later, and elsewhere.
 */
import type { ReceivedHead } from '../pipe/call-head';
import { apply, bare, defineProperty, hasOwn, indexOf, keys } from '../pipe/primordials';

const WHERE = 'the caller said no user (header X-Invoq-User, scope "user"; see docs/migrating.md)';

/** Of all events: V8 keeps accessors, and all that their closures hold, until its next full collection. */
const NO_USER: PropertyDescriptor = bare({
  configurable: true,
  enumerable: false,
  get: (): undefined => void console.warn(`event.userInfo is undefined: ${WHERE}`),
  set(this: object, value: unknown) {
    set(this, value);
  },
});

/** `data`: the event, just parsed. */
export function warnOfNoUser(data: unknown, { user }: ReceivedHead): void {
  if (typeof data !== 'object' || data === null) return;
  if (user !== undefined && hasOwn(user, 'WX_OPENID')) {
    const { WX_OPENID: openId, WX_APPID: appId, WX_UNIONID: unionId } = user;
    set(data, { openId, appId, unionId });
  } else if (!hasOwn(data, 'userInfo')) {
    defineProperty(data, 'userInfo', NO_USER);
  }
}

function set(data: object, value: unknown): void {
  const descriptor = { __proto__: null, configurable: true, enumerable: true, writable: true, value };
  defineProperty(data, 'userInfo', descriptor);
}

interface Sdk {
  getWXContext(...args: unknown[]): { OPENID?: unknown } | undefined;
}

/** The SDKs that the code has loaded, so that they warn. `modules`: what `require` keeps. */
export function watchContexts(modules: Record<string, NodeJS.Module | undefined>): void {
  const files = keys(modules);
  for (let i = 0; i < files.length; i++) {
    if (indexOf(files[i], 'wx-server-sdk') === -1) continue;
    const sdk: unknown = modules[files[i]]?.exports;
    if (typeof sdk === 'object' && sdk !== null && typeof (sdk as Sdk).getWXContext === 'function') watch(sdk as Sdk);
  }
}

function watch(sdk: Sdk): void {
  const original = sdk.getWXContext;
  const watched = function (this: unknown, ...args: unknown[]): { OPENID?: unknown } | undefined {
    const context = apply<unknown, unknown[], { OPENID?: unknown } | undefined>(original, this, args);
    if (context?.OPENID === undefined) console.warn(`getWXContext().OPENID is undefined: ${WHERE}`);
    return context;
  };
  try {
    sdk.getWXContext = watched;
  } catch {
    // It cannot be replaced: then there is no warning.
  }
}
