/** Parts of MinApp's `BaaS` that need MinApp: using one throws an error that names it, and not that something is no function. */
import { defineProperty } from '../pipe/primordials';

const MISSING = [
  'TableObject', 'Query', 'User', 'UserGroup', 'File', 'FileCategory', 'FileManager', 'ContentGroup', 'GeoPoint',
  'GeoPolygon', 'Order', 'BaaSError', 'sendTemplateMessage', 'genVideoSnapshot', 'videoConcat', 'getWXACode',
  'wxCensorText', 'wxCensorImage', 'sendSmsCode', 'verifySmsCode',
]; // prettier-ignore

export function provideMissing(baas: object): void {
  for (let i = 0; i < MISSING.length; i++) {
    const value = missing(MISSING[i]);
    const descriptor = { __proto__: null, configurable: true, enumerable: true, writable: true, value };
    defineProperty(baas, MISSING[i], descriptor);
  }
}

/** May be called, constructed, and asked for any member. */
function missing(name: string): unknown {
  const refuse = (): never => {
    throw new Error(
      `BaaS.${name} needs MinApp, which is not served here: only BaaS.invoke, invokeFunction and request are.`,
    );
  };
  const traps: ProxyHandler<() => void> = {
    apply: refuse,
    construct: refuse,
    // `then` and symbols are asked for by whoever looks what this is.
    get: (_, member) => (typeof member === 'symbol' || member === 'then' ? undefined : refuse),
  };
  return new Proxy(function nothing() {
    return undefined;
  }, traps);
}
