// Calls resizeImage for each order, through the API, and prints as it goes.
export const main = async ({ orders = 3 }, context) => {
  const url = `${process.env.INVOQ_URL}/v1/functions/resizeImage/invocations`;
  const headers = { authorization: `Bearer ${process.env.INVOQ_TOKEN}`, 'content-type': 'application/json' };
  const made = [];
  for (let order = 1; order <= orders; order++) {
    const body = JSON.stringify({ data: { path: `order-${order}.png` }, sync: false });
    const answer = await (await fetch(url, { method: 'POST', headers, body })).json();
    made.push(answer.requestID);
    console.log(`order ${order} of ${orders}: picture asked for as ${answer.requestID}`);
    context.progress(order / orders);
    await new Promise((end) => setTimeout(end, 200));
  }
  return { orders, made };
};
