// CloudBase, as its documentation writes it: the sum of event.x and event.y, returned.
exports.add = (event, context, cb) => {
  return event.x + event.y
}
