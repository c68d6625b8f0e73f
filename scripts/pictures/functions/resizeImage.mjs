// Pretends to resize a picture; a few in a hundred are no pictures.
export const main = async ({ path = 'cat.png', width = 800 }, context) => {
  console.log(`read ${path}`);
  for (let done = 1; done <= 4; done++) {
    await new Promise((end) => setTimeout(end, 100 + Math.random() * 500));
    context.progress({ done, of: 4 });
  }
  if (path.endsWith('.txt')) throw new TypeError(`${path} is not a picture`);
  console.log(`resized to ${width} px`);
  return {
    path,
    width,
    bytes: 41_337,
    variants: [
      { name: 'thumb', width: 120 },
      { name: 'full', width },
    ],
  };
};
