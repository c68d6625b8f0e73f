// Shared code: a name that starts with _ is no function. Reads the sample orders.
import { readFile } from 'node:fs/promises';

export interface Order {
  date: string;
  country: string;
  category: string;
  revenue: number;
}

export async function readOrders(file: string): Promise<Order[]> {
  const [header, ...lines] = (await readFile(file, 'utf8')).trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const row = Object.fromEntries(line.split(',').map((cell, at) => [names[at], cell]));
    return {
      date: row.date,
      country: row.country,
      category: row.category,
      revenue: Number(row.quantity) * Number(row.unit_price),
    };
  });
}
