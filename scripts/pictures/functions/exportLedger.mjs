export const main = async ({ month }) => {
  const rows = await readLedger(month;
  return { month, rows: rows.length };
};
