/** Texts of a known form. The description of the API says the same of each field that has such a type. */

/**
 * ISO 8601, by the clock of Redis.
 * @format date-time
 */
export type Time = string;

/**
 * Names an invocation for good.
 * @format uuid
 */
export type RequestID = string;
