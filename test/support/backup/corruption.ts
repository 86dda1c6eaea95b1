/** A copy of a backup that says it is another one, complete and with lists that agree. */
const COPY = `
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
const logical = '/var/lib/backup/logical/';
const sha256 = (of) => createHash('sha256').update(of).digest('hex');
function copy(from, to) {
  cpSync(logical + from, logical + to, { recursive: true });
  const file = logical + to + '/manifest.json';
  const text = readFileSync(file, 'utf8').replace('"id": "' + from + '"', '"id": "' + to + '"');
  const sums = logical + to + '/SHA256SUMS';
  const lists = readFileSync(sums, 'utf8').replace(sha256(readFileSync(file)), sha256(text));
  writeFileSync(file, text);
  writeFileSync(sums, lists);
}
`;

/** Runs inside a container of the image: copies a backup to other ids. What a clock leaves that has jumped. */
export const REDATE = `${COPY}
const [from, ...to] = process.argv.slice(1);
for (const id of to) copy(from, id);
`;

/**
 * Runs inside a container of the image: makes so many copies of a backup, has them found good, then changes one byte in
 * each, over all of a backup's files, its lists included. Then `list` may call none of them good, and `verify` has to
 * find each of them damaged. Prints how many were noticed by file, and where one was not.
 */
export const FLIP = `${COPY}
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
const [id, times] = process.argv.slice(1);
const ask = (...args) => {
  const { stdout, status } = spawnSync('plinth-backup', [...args, '--json'], { maxBuffer: 2 ** 26 });
  const states = new Map(JSON.parse(stdout.toString()).map((one) => [one.id, one.state]));
  return { states, status };
};
const files = readdirSync(logical + id, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).map((entry) => (entry.parentPath + '/' + entry.name).slice((logical + id).length + 1)).sort();
const copies = Array.from({ length: Number(times) }, (_, n) => ({ id: id + '-' + n, file: files[n % files.length] }));
for (const { id: to } of copies) copy(id, to);
const before = ask('verify', '--all');
const wellBefore = before.status === 0 && copies.every((one) => before.states.get(one.id) === 'good');
for (const one of copies) {
  const path = logical + one.id + '/' + one.file;
  const bytes = readFileSync(path);
  one.place = randomInt(bytes.length);
  bytes[one.place] ^= randomInt(1, 256);
  writeFileSync(path, bytes);
}
const listed = ask('list').states;
const { states, status } = ask('verify', '--all');
const noticed = {};
const missed = [];
for (const { id: to, file, place } of copies) {
  if (listed.get(to) !== 'good' && states.get(to) === 'damaged' && status === 1) noticed[file] = (noticed[file] ?? 0) + 1;
  else missed.push(file + ' at ' + place + ': listed as ' + listed.get(to) + ', verified as ' + states.get(to));
  rmSync(logical + to, { recursive: true });
}
console.log(JSON.stringify({ wellBefore, noticed, missed, original: states.get(id) }));
`;

/**
 * A loop for bash in a container of the image: ends the youngest process of that name with SIGKILL as soon as there is
 * one.
 */
export const KILL = `
name=$1
for ((tries = 0; tries < 3000; tries++)); do
  youngest=
  for process in /proc/[0-9]*; do
    { read -r comm <"$process/comm"; } 2>/dev/null || continue
    [[ $comm == "$name" ]] && ((\${process#/proc/} > \${youngest:-0})) && youngest=\${process#/proc/}
  done
  if [[ -n $youngest ]]; then kill -KILL "$youngest" && exit 0; fi
done
echo "there was no $name to kill"
exit 1
`;

/** A statement that ends the session that holds a backup's snapshot of `shop`; it fails when there is none. */
export const CUT = `
do $$
declare
  cut boolean;
begin
  select pg_terminate_backend(pid) into cut from pg_stat_activity
    where usename = 'backup' and datname = 'shop' order by xact_start limit 1;
  if cut is not true then raise exception 'there is no session to end'; end if;
end
$$`;
