/** Cuts a stream of chunks, however they fall, into parts of one size; the last one may be shorter. */
export async function* inParts(body: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Buffer> {
  let chunks: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    held += chunk.length;
    if (held < partBytes) continue;
    let rest = Buffer.concat(chunks, held);
    while (rest.length >= partBytes) {
      yield rest.subarray(0, partBytes);
      rest = rest.subarray(partBytes);
    }
    chunks = [rest];
    held = rest.length;
  }
  if (held > 0) yield Buffer.concat(chunks, held);
}
