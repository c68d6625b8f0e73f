/**
 * Providers that a factory makes of other providers, with their types checked. The classes of libs know nothing of Nest, so
 * a module says how to make each:
 *
 *     made(LogTail, [RecordReader], (reader) => new LogTail(reader))
 */
import type { FactoryProvider, InjectionToken } from '@nestjs/common';

/** A token for a `T` that is no class. */
export type Named<T> = symbol & { readonly ofType?: T };

type Class<T> = abstract new (...args: never[]) => T;
type Token = Class<unknown> | Named<unknown>;
type Made<T> = T extends Class<infer Instance> ? Instance : T extends Named<infer Value> ? Value : never;
type AllMade<Tokens extends readonly Token[]> = { [Index in keyof Tokens]: Made<Tokens[Index]> };

export function named<T>(what: string): Named<T> {
  return Symbol(what);
}

/** `of`: what the factory is given, in its order. A promise is awaited before anything that needs it is made. */
export function made<T extends Token, const Of extends readonly Token[]>(
  provide: T,
  of: Of,
  useFactory: (...given: AllMade<Of>) => Made<T> | Promise<Made<T>>,
): FactoryProvider<Made<T>> {
  return { provide: provide as InjectionToken, inject: [...of] as InjectionToken[], useFactory };
}
