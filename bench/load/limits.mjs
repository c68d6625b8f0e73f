/** What bounds a slice of HTTP load, whichever program makes it. */

/** s, for one answer. A caller that waited so long has never heard. */
export const ANSWER_LIMIT_S = 10;
/** However fast a rival is, no slice makes more requests. */
export const MAX_REQUESTS = 500_000;
/** What a slice lasts for at least, and how much longer than asked for it may last for that, s. */
export const LEAST_CALLS = 10;
export const LATE_S = 8;
