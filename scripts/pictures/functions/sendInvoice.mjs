// The mail server refuses it until the third attempt, and orders above 100 for ever.
export const main = async ({ order = 1 }, context) => {
  console.log(`render invoice of order ${order}`);
  await new Promise((end) => setTimeout(end, 300 + Math.random() * 600));
  console.warn('mail server answers slowly');
  if (order > 100 || context.attempt < 3) {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.9:25'), { code: 'ECONNREFUSED' });
    throw new Error(`Invoice of order ${order} was not sent`, { cause });
  }
  return { order, sentTo: 'mia@example.com', attempt: context.attempt };
};
