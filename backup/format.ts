// Formats text for a terminal.

/** Formats rows as lines with aligned columns. The last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  '),
  );
}

/** Age in one unit: `3 h`, `12 d`. A time in the future is `in 2 d`. */
export function ageOf(then: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - then.getTime()) / 1000);
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const size = Math.abs(seconds);
  const [unit, length] = units.find(([, each]) => size >= each) ?? (['s', 1] as const);
  const age = `${String(Math.floor(size / length))} ${unit}`;
  return seconds < 0 ? `in ${age}` : age;
}
