// A function that throws: the caller gets code 1 with the error's name, message and stack.
exports.main = (event) => {
  throw new RangeError(event.message ?? 'this function always fails');
};
