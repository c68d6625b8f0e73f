/** Keys under which a call runs once, however often it is sent: 128 bits by chance. They need be unique, not secret. */
export function newKey(): string {
  const bytes = new Uint8Array(16);
  // Node 18 has no global crypto.
  const { crypto } = globalThis as { crypto?: { getRandomValues(bytes: Uint8Array): unknown } };
  if (crypto) crypto.getRandomValues(bytes);
  else for (let at = 0; at < bytes.length; at++) bytes[at] = Math.random() * 256;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
