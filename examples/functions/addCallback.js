// CloudBase with a callback: the answer comes later, by callback(error, result).
exports.main = (event, context, callback) => {
  if (!Number.isFinite(event.x) || !Number.isFinite(event.y)) {
    callback(new TypeError('x and y must be numbers'));
    return;
  }
  setTimeout(() => callback(null, event.x + event.y), 10);
};
