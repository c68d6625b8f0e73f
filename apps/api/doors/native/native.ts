/** The native API, and all addresses that no other door owns. */
import type { DoorEntry } from '../door';
import { NativeController } from './native.controller';
import { NativeDoor } from './native.door';

export const NATIVE: DoorEntry = { controllers: [NativeController], doors: [NativeDoor] };
