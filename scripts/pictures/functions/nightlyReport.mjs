export const main = async (event, context) => {
  for (let line = 1; line <= 40; line++) {
    console.log(`${String(line).padStart(2)} of 40: region ${line % 5}, ${Math.round(Math.random() * 9000)} rows`);
    context.progress(line / 40);
    await new Promise((end) => setTimeout(end, 1_000));
  }
  return { rows: 182_114 };
};
