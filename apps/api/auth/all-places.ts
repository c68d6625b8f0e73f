/** The places of this process by kind, as its settings say. */
import type { ApiSettings } from '../settings';
import { Places } from './places';

type PlaceSettings = Pick<
  ApiSettings,
  'maxWaiting' | 'maxFollowing' | 'maxFollowingEach' | 'maxUploads' | 'maxOpenResults'
>;

export class AllPlaces {
  /** Sync calls and long polls that wait for an end. */
  readonly waits: Places;
  /** Requests that follow an invocation live. */
  readonly streams: Places;
  readonly uploads: Places;
  /** Results beside their records, and uploads, while they are read. */
  readonly openResults: Places;

  constructor(settings: PlaceSettings) {
    this.waits = new Places({
      name: 'waits',
      what: 'requests that wait for the end of a call',
      max: settings.maxWaiting,
      setting: 'INVOQ_MAX_WAITING',
    });
    this.streams = new Places({
      name: 'event-streams',
      what: 'requests that follow a call',
      max: settings.maxFollowing,
      maxEach: settings.maxFollowingEach,
      setting: 'INVOQ_MAX_FOLLOWING',
    });
    this.uploads = new Places({
      name: 'uploads',
      what: 'uploads',
      max: settings.maxUploads,
      setting: 'INVOQ_MAX_UPLOADS',
    });
    this.openResults = new Places({
      name: 'open-results',
      what: 'large results and downloads',
      max: settings.maxOpenResults,
      setting: 'INVOQ_MAX_OPEN_RESULTS',
    });
  }

  get all(): Places[] {
    return [this.waits, this.streams, this.uploads, this.openResults];
  }
}
