// The manifest of a backup: the list of its contents, which a restore processes. Names of tables and columns are not
// encrypted; rows are.

/** manifest.json, version 1. */
export interface Manifest {
  readonly version: 1;
  /** Name of the directory. A backup in a directory with another name is rejected. */
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
  /** Sorted by name. */
  readonly databases: readonly ManifestDatabase[];
  /** Objects that a restore does not restore, with the reason. */
  readonly skipped: readonly Skipped[];
  /** All files except manifest.json and SHA256SUMS, sorted by path. */
  readonly files: readonly ManifestFile[];
  readonly totals: { readonly files: number; readonly bytes: number; readonly rows: number };
}

export interface ManifestServer {
  /** As in `show server_version`. */
  readonly version: string;
  readonly major: number;
  /** System identifier of the cluster; null if the backup role may not read it. */
  readonly systemIdentifier: string | null;
}

export interface ManifestEncryption {
  /** Public age keys. */
  readonly recipients: readonly string[];
  /** Fingerprints of the GPG keys that can decrypt `key.gpg`; empty without `key.gpg`. */
  readonly gpgFingerprints: readonly string[];
}

export interface ManifestDatabase {
  readonly name: string;
  /** Directory in the backup: the name, with unusual characters as `%XX`. */
  readonly folder: string;
  /** Encoding of the COPY streams. Set it as client_encoding before loading them. */
  readonly encoding: string;
  /** The newest applied migration; null without a migrations table. */
  readonly migrationHead: string | null;
  /** Tables with rows of their own, sorted by schema and name. */
  readonly tables: readonly ManifestTable[];
  /** Number of sequences in `<folder>/sequences.json.zst.age`. */
  readonly sequences: number;
  /** Number of large objects in `<folder>/large-objects.dump.age`. If it is 0, the file does not exist. */
  readonly largeObjects: number;
}

export interface ManifestTable {
  readonly schema: string;
  readonly name: string;
  /** Columns of the streams, in order. Generated columns are not included. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Paths of its streams. A large table has several. */
  readonly files: readonly string[];
}

export interface Skipped {
  readonly what: string;
  readonly why: string;
}

export interface ManifestFile {
  /** Relative to the directory of the backup. */
  readonly path: string;
  readonly bytes: number;
  /** Checksum of the encrypted file, in lower-case hexadecimal. */
  readonly sha256: string;
  /** Number of rows of a COPY stream. */
  readonly rows?: number;
}

/** An element of the array in `<folder>/sequences.json.zst.age`. */
export interface SequenceValue {
  readonly schema: string;
  readonly name: string;
  /** A decimal string, because it may be too large for a JSON number. */
  readonly lastValue: string;
  readonly isCalled: boolean;
}

/** Names of the files in the directory of a backup. */
export const files = {
  manifest: 'manifest.json',
  checksums: 'SHA256SUMS',
  globals: 'globals.sql.zst.age',
  catalog: 'catalog.txt.zst.age',
  environment: 'environment.json.zst.age',
  /** The last stored output of `pulumi stack export`. Missing if none was stored. */
  state: 'state.json.zst.age',
  /** The age key of the state, encrypted for the GPG keys. It may be older than the backup. */
  stateKey: 'state.key.gpg',
  /** The age key of the backup, encrypted for the GPG keys. Missing without GPG keys. */
  key: 'key.gpg',
} as const;

/** Paths of the files of a database, for its directory. */
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
 * Parses a manifest.
 *
 * @param where the name of the file in error messages
 * @throws {Error} if it is damaged, inconsistent, or of another version
 */
export function parseManifest(text: string, where: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where} is damaged, it is not JSON: use another backup`, { cause });
  }
  if (!isRecord(value))
    throw new Error(`${where} is damaged, it is not a JSON object: use another backup`);
  if (value['version'] !== 1) {
    throw new Error(
      `${where} has version ${JSON.stringify(value['version'])} and this program reads version 1: use the image that created it`,
    );
  }
  const problem = shapeProblem(value) ?? agreementProblem(value as unknown as Manifest);
  if (problem !== undefined) throw new Error(`${where} is damaged, ${problem}: use another backup`);
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
/** A path below the directory of the backup, without characters that a shell interprets. */
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

/** Checks that the redundant values of the manifest are consistent. */
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
