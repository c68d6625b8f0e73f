/** What a child process of BullMQ's does for a job. */
module.exports = async ({ data: { a, b } }) => a + b;
