/** Both sides of the pg-boss rival. It polls twice a second at most, so who waits is woken by NOTIFY, as one would do. */
import pg from 'pg';
import PgBoss from 'pg-boss';

export const QUEUE = 'bench';
/** As many connections as a process may hold. */
const POOL = 10;

export async function openBoss(url) {
  const boss = new PgBoss({ connectionString: url, max: POOL, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(QUEUE);
  const db = boss.getDb();
  return { boss, query: (text, values) => db.executeSql(text, values) };
}

/** @param {(payload: string) => void} onNotice */
export async function listen(url, channel, onNotice) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', (error) => console.error(error));
  await client.connect();
  client.on('notification', ({ payload }) => onNotice(payload));
  await client.query(`LISTEN ${channel}`);
}
