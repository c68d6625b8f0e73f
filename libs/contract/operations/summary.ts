/** `GET /v1/summary`: what an operator looks at first. */
export interface Summary {
  /** Async calls of the env that failed for good and are kept. */
  deadLetters: number;
  /**
   * The part of `maxmemory` that the fullest Redis uses, 0 to 1; 0 without a limit. For keys of every env.
   * @type number
   */
  storeUsed?: number;
}
