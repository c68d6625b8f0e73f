/** Chunks become parts of one size, whatever their own. */
import fc from 'fast-check';
import { inParts } from './parts';

it('loses nothing, and only the last part is shorter', async () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(bodies, fc.integer({ min: 1, max: 40 }), async (body, size) => {
      const parts: Buffer[] = [];
      for await (const part of inParts(each(body), size)) parts.push(part);
      expect(Buffer.concat(parts)).toEqual(Buffer.concat(body));
      for (const part of parts.slice(0, -1)) expect(part).toHaveLength(size);
      if (parts.length > 0) expect(parts.at(-1)!.length).toBeGreaterThan(0);
    }),
  );
});

async function* each(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
