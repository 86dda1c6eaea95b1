// Backup ids: the start time, and an optional label.

export interface BackupId {
  readonly id: string;
  readonly startedAt: Date;
  readonly label: string | null;
}

const LABEL = /^[a-z0-9-]{1,40}$/;
const ID = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z(?:-([a-z0-9-]{1,40}))?$/;

/** `20261121T153000Z`, or `20261121T153000Z-label`. */
export function backupId(startedAt: Date, label: string | null): string {
  const second = startedAt.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  return label === null ? second : `${second}-${label}`;
}

/** Parses the name of a directory. Undefined if it is not a backup id. */
export function parseBackupId(id: string): BackupId | undefined {
  const [, year, month, day, hour, minute, second, label] = ID.exec(id) ?? [];
  if (year === undefined) return undefined;
  const text = `${year}-${String(month)}-${String(day)}T${String(hour)}:${String(minute)}:${String(second)}.000Z`;
  const startedAt = new Date(text);
  // JavaScript accepts February 30; reject it.
  if (Number.isNaN(startedAt.getTime()) || startedAt.toISOString() !== text) return undefined;
  return { id, startedAt, label: label ?? null };
}

/** The problem with a label, as a sentence. Undefined if the label is valid. */
export function labelProblem(label: string): string | undefined {
  return LABEL.test(label)
    ? undefined
    : `the label is ${JSON.stringify(label)} but must be 1 to 40 of a-z, 0-9 and -: choose another`;
}
