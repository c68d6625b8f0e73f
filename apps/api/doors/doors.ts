/** All doors of this house, and which one an address belongs to: for what is refused before a controller has it. */
import { CloudbaseDoor } from './cloudbase/cloudbase.door';
import { CloudbaseHttpDoor } from './cloudbase/cloudbase-http.door';
import type { Door } from './door';
import { MinappDoor } from './minapp/minapp.door';
import { NativeDoor, type NativeDoorOptions } from './native/native.door';

export class Doors {
  readonly cloudbase = new CloudbaseDoor();
  readonly cloudbaseHttp = new CloudbaseHttpDoor();
  readonly minapp = new MinappDoor();
  readonly native: NativeDoor;

  constructor(options: NativeDoorOptions) {
    this.native = new NativeDoor(options);
  }

  /** What no other door owns is the native door's. `url`: path and query as they were sent. */
  at(method: string, url: string): Door<never> {
    const path = url.split('?', 1)[0].replace(/\/$/, '');
    return [this.cloudbase, this.cloudbaseHttp, this.minapp].find((door) => door.owns(method, path)) ?? this.native;
  }
}
