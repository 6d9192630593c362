// node duckdb.mjs DIR: reads the books of DIR, matches them (match.sql), writes the breaks to
// DIR/duckdb.csv and prints its figures as JSON.
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const dir = process.argv[2];
const sql = readFileSync(new URL('match.sql', import.meta.url), 'utf8')
  .replaceAll('DIGEST', "sum(md5_number_lower(serial || ',' || coalesce(account, '') || ',' || amount || ',' || paid || ',' || state || ',' || margin)::HUGEINT)")
  .split('--------');
const began = performance.now();
const db = await DuckDBInstance.create(process.env.DUCKDB_FILE ?? ':memory:', { threads: '2' });
const c = await db.connect();
for (const book of ['kiosk', 'mis', 'posp']) {
  await c.run(`CREATE TABLE ${book} AS SELECT * FROM read_csv('${dir}/${book}.csv', header = false, delim = ',', quote = '', escape = '',
    columns = {'serial': 'VARCHAR', 'account': 'VARCHAR', 'amount': 'BIGINT', 'paid': 'BIGINT', 'state': 'TINYINT', 'margin': 'TINYINT'})`);
}
const read = performance.now();
for (const s of sql) await c.run(s);
await c.run(`COPY breaks TO '${dir}/duckdb.csv' (HEADER false)`);
const done = performance.now();
const count = async (q) => Object.fromEntries((await c.runAndReadAll(q)).getRows().map(([k, v]) => [k, Number(v)]));
const u = process.resourceUsage();
console.log(JSON.stringify({
  who: 'duckdb', seconds: (done - began) / 1000, read: (read - began) / 1000, cpu: (u.userCPUTime + u.systemCPUTime) / 1e6, peak_mb: Math.round(u.maxRSS / 1024),
  breaks: await count('SELECT class, count(*) FROM breaks GROUP BY class ORDER BY class'),
  loose: (await count("SELECT 'n', count(*) FROM pairs")).n,
}));
