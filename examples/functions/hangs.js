// A function that never gives its process back: it is killed at its limit, and the caller gets code 2.
exports.main = () => {
  for (;;);
};
