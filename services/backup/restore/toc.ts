// The table of contents of an archive, as `pg_restore -l -v` lists it: which entries belong to one table.

export interface Entry {
  readonly id: number;
  /** As `pg_restore -L` wants it back. */
  readonly line: string;
  /** Kind, schema, name and owner, with blanks between them: names may hold blanks themselves. */
  readonly what: string;
  /** Entries that must be there before. */
  readonly needs: readonly number[];
}

/** Entries in the order of the archive. */
export function entriesFrom(listing: string): Entry[] {
  const entries: Entry[] = [];
  for (const line of listing.split('\n')) {
    const entry = /^(\d+); \d+ \d+ (.*)$/.exec(line);
    if (entry !== null) {
      entries.push({ id: Number(entry[1]), line, what: entry[2] ?? '', needs: [] });
      continue;
    }
    const needs = /^;\s+depends on: ([\d ]+)$/.exec(line)?.[1]?.trim().split(/\s+/).map(Number);
    const last = entries.pop();
    if (last !== undefined) entries.push(needs === undefined ? last : { ...last, needs });
  }
  return entries;
}

/** What of a table is of no use without others, or not the table's own. */
const OWN = [
  'TABLE ATTACH',
  'TABLE',
  'SEQUENCE OWNED BY',
  'SEQUENCE',
  'DEFAULT',
  'CHECK CONSTRAINT',
  'CONSTRAINT',
  'INDEX ATTACH',
  'INDEX',
  'STATISTICS',
  'TRIGGER',
  'RULE',
  'POLICY',
  'ROW SECURITY',
  'COMMENT',
  'ACL',
];
const TO_OTHERS = 'FK CONSTRAINT';

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** Line breaks in names are blanks in a listing. */
const listed = (name: string): string => name.replace(/[\n\r]/g, ' ');

/**
 * Everything that belongs to some tables: definitions, the sequences of their columns, indexes, constraints, triggers,
 * policies, privileges and comments.
 *
 * @param foreignKeys also those that point to other tables
 * @throws when one of them is not there, or cannot be told from another
 */
export function entriesOf(
  entries: readonly Entry[],
  tables: readonly TableName[],
  foreignKeys: boolean,
): Entry[] {
  const roots = new Set(tables.map((table) => rootOf(entries, table)));
  const kinds = foreignKeys ? [...OWN, TO_OTHERS] : OWN;
  const chosen = new Set(roots);
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  // Entries stand after those that they need, but for the sequence of a default, which stands before.
  for (const entry of entries) {
    if (chosen.has(entry.id) || !kinds.some((kind) => entry.what.startsWith(`${kind} `))) continue;
    const foreign = entry.what.startsWith('TABLE ') && !entry.what.startsWith('TABLE ATTACH ');
    if (foreign || !entry.needs.some((id) => chosen.has(id))) continue;
    chosen.add(entry.id);
    if (!entry.what.startsWith('DEFAULT ')) continue;
    for (const id of entry.needs) {
      if (byId.get(id)?.what.startsWith('SEQUENCE ') === true) chosen.add(id);
    }
  }
  return entries.filter(({ id }) => chosen.has(id));
}

function rootOf(entries: readonly Entry[], { schema, name }: TableName): number {
  const start = `TABLE ${listed(schema)} ${listed(name)} `;
  const found = entries.filter(({ what }) => what.startsWith(start));
  const [first, ...more] = found;
  if (first === undefined) throw new Error(`the archive has no table ${schema}.${name}`);
  if (more.length === 0) return first.id;
  throw new Error(
    `the archive has several tables that read ${schema}.${name}: restore the database`,
  );
}

/** Whether an entry makes this sequence. */
export function isSequence({ what }: Entry, { schema, name }: TableName): boolean {
  return what.startsWith(`SEQUENCE ${listed(schema)} ${listed(name)} `);
}

/** The file that `pg_restore -L` reads. */
export function listOf(entries: readonly Entry[]): string {
  return entries.map(({ line }) => `${line}\n`).join('');
}
