/** WeChat CloudBase: `/admin` and `/web` of its SDKs, and its HTTP API. */
import type { DoorEntry } from '../door';
import { CloudbaseController } from './cloudbase.controller';
import { CloudbaseDoor } from './cloudbase.door';
import { CloudbaseHttpDoor } from './cloudbase-http.door';

export const CLOUDBASE: DoorEntry = {
  controllers: [CloudbaseController],
  doors: [CloudbaseDoor, CloudbaseHttpDoor],
};
