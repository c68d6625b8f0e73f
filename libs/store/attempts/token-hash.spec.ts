import { tokenHash } from './token-hash';

// Records outlive the process that wrote them, and a worker of the last release meets an API of this one.
it('is the SHA-256 of the secret as UTF-8, in base64url', () => {
  expect(tokenHash('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  expect(tokenHash('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
});
