import type { CallNotes } from '@invoq/contract/call-notes';

/** What every request that makes calls may note on them. */
export class NotesDto implements CallNotes {}
