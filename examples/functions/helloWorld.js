// MinApp, as its documentation writes it: data is under event.data, the answer goes to the callback.
exports.main = function helloWorld(event, callback) {
  console.log(event)
  callback(null, `hello ${event.data.name}`)
}
