/**
 * Runs inside a container of the image: changes one byte of a backup at so many places, one after the other, over all of
 * its files, its lists included. After each, `verify` has to end with 1 and `list` may not call it good. Says how many
 * were noticed, and where one was not.
 */
export const FLIP = `
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
const [id, times] = process.argv.slice(1);
const folder = '/var/lib/backup/logical/' + id;
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).map((entry) => entry.parentPath + '/' + entry.name).sort();
const noticed = {};
for (let n = 0; n < Number(times); n += 1) {
  const file = files[n % files.length];
  const before = readFileSync(file);
  const place = randomInt(before.length);
  const bytes = Buffer.from(before);
  bytes[place] ^= randomInt(1, 256);
  writeFileSync(file, bytes);
  const listed = JSON.parse(spawnSync('plinth-backup', ['list', '--json']).stdout.toString());
  const state = listed.find((one) => one.id === id).state;
  const { status } = spawnSync('plinth-backup', ['verify', id]);
  if (state === 'good' || status !== 1) {
    console.log(file + ' at ' + place + ': listed as ' + state + ', verify ended with ' + status);
    process.exit(1);
  }
  noticed[file.slice(folder.length + 1)] = (noticed[file.slice(folder.length + 1)] ?? 0) + 1;
  writeFileSync(file, before);
}
const { status } = spawnSync('plinth-backup', ['verify', id]);
console.log(JSON.stringify({ noticed, mended: status === 0 }));
`;

/**
 * Runs inside a container of the image: makes a copy of a backup that says it is another one, complete and with lists
 * that agree. What a clock leaves that has jumped.
 */
export const REDATE = `
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
const [from, to] = process.argv.slice(1);
const logical = '/var/lib/backup/logical/';
cpSync(logical + from, logical + to, { recursive: true });
const file = logical + to + '/manifest.json';
const text = readFileSync(file, 'utf8').replace('"id": "' + from + '"', '"id": "' + to + '"');
const sums = logical + to + '/SHA256SUMS';
const sha256 = (of) => createHash('sha256').update(of).digest('hex');
const lists = readFileSync(sums, 'utf8').replace(sha256(readFileSync(file)), sha256(text));
writeFileSync(file, text);
writeFileSync(sums, lists);
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
