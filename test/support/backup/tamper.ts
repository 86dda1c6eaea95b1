/**
 * Runs inside a container of the image: changes a backup and makes its lists agree with that again, so that only what
 * looks deeper than checksums can notice.
 */
export const TAMPER = `
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
const [folder, what, argument] = process.argv.slice(1);
const manifest = JSON.parse(readFileSync(folder + '/manifest.json', 'utf8'));
const sum = (list) => list.reduce((total, one) => total + one, 0);
if (what === 'catalog of') copyFileSync(argument + '/catalog.txt.zst.age', folder + '/catalog.txt.zst.age');
if (what === 'one row more in') {
  const table = manifest.databases.flatMap(({ tables }) => tables).find(({ name }) => name === argument);
  table.rows += 1;
  manifest.files.find(({ path }) => path === table.files[0]).rows += 1;
}
if (what === 'migrations up to') manifest.databases.find(({ name }) => name === 'shops').migrationHead = argument;
for (const file of manifest.files) {
  const bytes = readFileSync(folder + '/' + file.path);
  file.bytes = bytes.length;
  file.sha256 = createHash('sha256').update(bytes).digest('hex');
}
manifest.totals.bytes = sum(manifest.files.map(({ bytes }) => bytes));
manifest.totals.rows = sum(manifest.databases.flatMap(({ tables }) => tables).map(({ rows }) => rows));
const text = JSON.stringify(manifest, undefined, 2) + '\\n';
writeFileSync(folder + '/manifest.json', text);
const lines = [...manifest.files, { path: 'manifest.json', sha256: createHash('sha256').update(text).digest('hex') }];
lines.sort((a, b) => (a.path < b.path ? -1 : 1));
writeFileSync(folder + '/SHA256SUMS', lines.map(({ path, sha256 }) => sha256 + '  ' + path + '\\n').join(''));
`;
