export const main = async ({ month }) => ({ month, rows: 0 });
