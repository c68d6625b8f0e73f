/** All doors of the API, for tests of what stands before them. */
import { CloudbaseDoor } from '../../apps/api/doors/cloudbase/cloudbase.door';
import { CloudbaseHttpDoor } from '../../apps/api/doors/cloudbase/cloudbase-http.door';
import { Doors } from '../../apps/api/doors/doors';
import { Preferences } from '../../apps/api/http/preferences';
import { MinappDoor } from '../../apps/api/doors/minapp/minapp.door';
import { NativeDoor } from '../../apps/api/doors/native/native.door';

export function allDoors(): Doors {
  return new Doors([
    new CloudbaseDoor(),
    new CloudbaseHttpDoor(),
    new MinappDoor(),
    new NativeDoor(new Preferences({ maxWaitMs: 1_000 })),
  ]);
}
