/** MinApp: `/hserve` of its SDK, `/oserve` of its Open API and its command line. */
import type { DoorEntry } from '../door';
import { MinappController } from './minapp.controller';
import { MinappDebugDoor } from './minapp-debug.door';
import { MinappDoor } from './minapp.door';

export const MINAPP: DoorEntry = { controllers: [MinappController], doors: [MinappDebugDoor, MinappDoor] };
