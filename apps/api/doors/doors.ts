/** All doors of the API, and which one an address belongs to. A new door is a folder, and an entry here. */
import type { Wire, Wires } from '../http/wire';
import { CLOUDBASE } from './cloudbase/cloudbase';
import type { DoorEntry } from './door';
import { MINAPP } from './minapp/minapp';
import { NATIVE } from './native/native';

/** In the order in which they are asked; the last one takes what is nobody's. */
export const DOORS: readonly DoorEntry[] = [CLOUDBASE, MINAPP, NATIVE];

export class Doors implements Wires {
  /** As they stand in `DOORS`. */
  constructor(private readonly doors: readonly (Wire & { owns(method: string, path: string): boolean })[]) {}

  at(method: string, url: string): Wire {
    const path = url.split('?', 1)[0].replace(/\/$/, '');
    return this.doors.find((door) => door.owns(method, path)) ?? this.doors.at(-1)!;
  }
}
