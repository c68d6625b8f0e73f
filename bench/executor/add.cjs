// The function under measurement.
exports.main = async (event) => event.a + event.b;
