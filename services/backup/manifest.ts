// What is in a backup: the list that a restore works through. Names of tables and columns are in
// clear text, rows are not.

/** manifest.json, version 1. */
export interface Manifest {
  readonly version: 1;
  /** Name of the folder; a backup under another name is refused. */
  readonly id: string;
  readonly label: string | null;
  readonly stack: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationSec: number;
  readonly server: ManifestServer;
  /** Versions by name: postgresql, age, zstd, node, gpg. */
  readonly tools: Readonly<Record<string, string>>;
  readonly encryption: ManifestEncryption;
  /** In the order of their names. */
  readonly databases: readonly ManifestDatabase[];
  /** What a restore will not bring back, and why. */
  readonly skipped: readonly Skipped[];
  /** Every file but manifest.json and SHA256SUMS, in the order of their paths. */
  readonly files: readonly ManifestFile[];
  readonly totals: { readonly files: number; readonly bytes: number; readonly rows: number };
}

export interface ManifestServer {
  /** As in `show server_version`. */
  readonly version: string;
  readonly major: number;
  /** Of the cluster; null where the login may not ask. */
  readonly systemIdentifier: string | null;
}

export interface ManifestEncryption {
  /** Public age keys. */
  readonly recipients: readonly string[];
  /** Of those whose holders can open `key.gpg`; empty without one. */
  readonly gpgFingerprints: readonly string[];
}

export interface ManifestDatabase {
  readonly name: string;
  /** Folder in the backup; the name, with unusual characters as `%XX`. */
  readonly folder: string;
  /** Of the COPY streams: set it as client_encoding before reading them. */
  readonly encoding: string;
  /** Newest migration; null where there is no such table. */
  readonly migrationHead: string | null;
  /** Those with data of their own, in the order of schema and name. */
  readonly tables: readonly ManifestTable[];
  /** How many there are in `<folder>/sequences.json.zst.age`. */
  readonly sequences: number;
  /** How many there are in `<folder>/large-objects.dump.age`, which is missing when 0. */
  readonly largeObjects: number;
}

export interface ManifestTable {
  readonly schema: string;
  readonly name: string;
  /** Of the streams, in their order; generated ones are not in them. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Paths of its streams; a big table has several. */
  readonly files: readonly string[];
}

export interface Skipped {
  readonly what: string;
  readonly why: string;
}

export interface ManifestFile {
  /** Relative to the backup's folder. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hexadecimal, of the file as it is, encrypted. */
  readonly sha256: string;
  /** Of a COPY stream. */
  readonly rows?: number;
}

/** A row of `<folder>/sequences.json.zst.age`, which is an array of them. */
export interface SequenceValue {
  readonly schema: string;
  readonly name: string;
  /** Decimal, as it may be too big for a JSON number. */
  readonly lastValue: string;
  readonly isCalled: boolean;
}

/** Names of files beside the manifest. */
export const files = {
  manifest: 'manifest.json',
  checksums: 'SHA256SUMS',
  globals: 'globals.sql.zst.age',
  catalog: 'catalog.txt.zst.age',
  environment: 'environment.json.zst.age',
  /** What `pulumi stack export` said last; missing when nobody has kept one. */
  state: 'state.json.zst.age',
  /** The state's own age key, for holders of GPG keys: it may be older than the backup. */
  stateKey: 'state.key.gpg',
  /** The backup's own age key, for holders of GPG keys; missing without such keys. */
  key: 'key.gpg',
} as const;

/** Paths of a database's files, given its folder. */
export const databaseFiles = {
  schema: (folder: string) => `${folder}/schema.dump.age`,
  sequences: (folder: string) => `${folder}/sequences.json.zst.age`,
  largeObjects: (folder: string) => `${folder}/large-objects.dump.age`,
  data: (folder: string, n: number) => `${folder}/data/${String(n).padStart(4, '0')}.copy.zst.age`,
} as const;

export function renderManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/**
 * Reads a manifest back.
 *
 * @param where what to call it in errors
 * @throws {Error} for one that is damaged, of another version, or does not agree with itself
 */
export function parseManifest(text: string, where: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where} is damaged, it is no JSON: take another backup`, { cause });
  }
  if (!isRecord(value))
    throw new Error(`${where} is damaged, it is no object: take another backup`);
  if (value['version'] !== 1) {
    throw new Error(
      `${where} is of version ${JSON.stringify(value['version'])} and this program reads version 1: use the image that made it`,
    );
  }
  const problem = shapeProblem(value) ?? agreementProblem(value as unknown as Manifest);
  if (problem !== undefined)
    throw new Error(`${where} is damaged, ${problem}: take another backup`);
  return value as unknown as Manifest;
}

type Shape = (value: unknown) => boolean;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text: Shape = (value) => typeof value === 'string';
const textOrNull: Shape = (value) => value === null || text(value);
const count: Shape = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const seconds: Shape = (value) => typeof value === 'number' && value >= 0;
const time: Shape = (value) =>
  text(value) && !Number.isNaN(Date.parse(value as string)) && (value as string).endsWith('Z');
const sha256: Shape = (value) => text(value) && /^[0-9a-f]{64}$/.test(value as string);
/** Inside the backup's folder, and of characters that need no care in a shell. */
const path: Shape = (value) =>
  text(value) && /^(?!\.)[\w.%-]+(?:\/(?!\.)[\w.%-]+)*$/.test(value as string);
const listOf =
  (inner: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every((one) => inner(one));
const record =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([key, shape]) => shape(value[key]));

const fields: Readonly<Record<string, Shape>> = {
  id: text,
  label: textOrNull,
  stack: text,
  startedAt: time,
  finishedAt: time,
  durationSec: seconds,
  server: record({ version: text, major: count, systemIdentifier: textOrNull }),
  tools: (value) => isRecord(value) && Object.values(value).every((version) => text(version)),
  encryption: record({ recipients: listOf(text), gpgFingerprints: listOf(text) }),
  databases: listOf(
    record({
      name: text,
      folder: path,
      encoding: text,
      migrationHead: textOrNull,
      tables: listOf(
        record({
          schema: text,
          name: text,
          columns: listOf(text),
          rows: count,
          files: listOf(path),
        }),
      ),
      sequences: count,
      largeObjects: count,
    }),
  ),
  skipped: listOf(record({ what: text, why: text })),
  files: listOf((file) => {
    const required = record({ path, bytes: count, sha256 })(file);
    const { rows } = file as { rows?: unknown };
    return required && (rows === undefined || count(rows));
  }),
  totals: record({ files: count, bytes: count, rows: count }),
};

function shapeProblem(value: Record<string, unknown>): string | undefined {
  const wrong = Object.entries(fields).find(([key, shape]) => !shape(value[key]));
  return wrong === undefined ? undefined : `its ${wrong[0]} cannot be read`;
}

/** What the manifest says twice has to be the same. */
function agreementProblem({ databases, files, totals }: Manifest): string | undefined {
  const byPath = new Map(files.map((file) => [file.path, file]));
  if (byPath.size !== files.length) return 'it lists a file twice';
  const tables = databases.flatMap((database) => database.tables);
  const used = tables.flatMap((table) => table.files);
  if (new Set(used).size !== used.length) return 'two tables share a file';
  for (const table of tables) {
    const rows = sum(table.files.map((name) => byPath.get(name)?.rows ?? Number.NaN));
    if (rows !== table.rows) return `the rows of ${table.schema}.${table.name} do not add up`;
  }
  const bytes = sum(files.map((file) => file.bytes));
  const rows = sum(tables.map((table) => table.rows));
  const right = totals.files === files.length && totals.bytes === bytes && totals.rows === rows;
  return right ? undefined : 'its totals do not add up';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
