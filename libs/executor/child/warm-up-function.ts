/** A function as the smallest is, for `warm-up.ts` to load. */
export async function main(event: object): Promise<object> {
  return { ...event };
}
