// Parses the table of contents of an archive (`pg_restore -l -v`) and finds the entries that belong to a table.

export interface Entry {
  readonly id: number;
  /** The line for `pg_restore -L`. */
  readonly line: string;
  /** Type, schema, name and owner, separated by spaces. Names may contain spaces as well. */
  readonly what: string;
  /** Entries that this entry depends on. */
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

/** Types of entries that belong to a table. */
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

/** A listing shows line breaks in names as spaces. */
const listed = (name: string): string => name.replace(/[\n\r]/g, ' ');

/**
 * All entries that belong to the given tables: definitions, the sequences of their columns, indexes, constraints,
 * triggers, policies, privileges and comments.
 *
 * @param foreignKeys whether to include foreign keys to other tables
 * @throws if a table does not exist or its name is ambiguous in the listing
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
  // Entries follow the entries that they depend on. The exception is the sequence of a column default, which comes first.
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
    `the archive lists several tables as ${schema}.${name}: restore the whole database`,
  );
}

/** Whether an entry creates this sequence. */
export function isSequence({ what }: Entry, { schema, name }: TableName): boolean {
  return what.startsWith(`SEQUENCE ${listed(schema)} ${listed(name)} `);
}

/** The content of the file for `pg_restore -L`. */
export function listOf(entries: readonly Entry[]): string {
  return entries.map(({ line }) => `${line}\n`).join('');
}
