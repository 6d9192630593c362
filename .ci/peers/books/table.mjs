// node table.mjs FILE: the best round of each, as a table, with its ratio to the engine's. It
// fails where they did not find the same.
import { readFileSync } from 'node:fs';

const rounds = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((l) => JSON.parse(l));
const sorted = (o) => JSON.stringify(Object.entries(o).sort());
const first = rounds[0];
for (const r of rounds) {
  if (sorted(r.breaks) !== sorted(first.breaks) || r.loose !== first.loose) {
    console.error(`${r.who} found ${sorted(r.breaks)} and ${r.loose} pairs, ${first.who} ${sorted(first.breaks)} and ${first.loose}`);
    process.exit(1);
  }
}
const best = (who, what) => Math.min(...rounds.filter((r) => r.who === who).map((r) => r[what]));
const names = [...new Set(rounds.map((r) => r.who))];
console.log('| | seconds | of them reading | engine / it | CPU seconds | engine / it | peak MB |\n|---|---|---|---|---|---|---|');
for (const who of names) {
  const seconds = best(who, 'seconds'), cpu = best(who, 'cpu');
  const peak = Math.max(...rounds.filter((r) => r.who === who).map((r) => r.peak_mb));
  const read = who === 'engine' ? '–' : best(who, 'read').toFixed(1);
  console.log(`| ${who} | ${seconds.toFixed(1)} | ${read} | ${(best('engine', 'seconds') / seconds).toFixed(2)} | ${cpu.toFixed(1)} | ${(best('engine', 'cpu') / cpu).toFixed(2)} | ${peak} |`);
}
