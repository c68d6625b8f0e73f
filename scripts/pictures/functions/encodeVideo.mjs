export const main = async ({ seconds = 120 }, context) => {
  for (let second = 0; second < seconds; second++) {
    context.progress(second / seconds);
    await new Promise((end) => setTimeout(end, 1_000));
  }
};
