// What a person reads before and after a restore.

const option = (stack: string): string => (stack === 'dev' ? '' : ` --stack ${stack}`);

/** What `restore plan` prints for point-in-time recovery. */
export function pointText(
  stack: string,
  says: string,
  volume: string,
  present: readonly string[],
): string {
  return [
    `restore of ${stack}, by point-in-time recovery`,
    '',
    `  back to  ${says}`,
    `  into     the new volume ${volume}`,
    '',
    `What is there stays as it is and goes on serving: ${present.join(', ')}.`,
    `Nothing is served from the new volume until 'npx plinth restore switch ${volume}${option(stack)}'.`,
  ].join('\n');
}

/** What to do with the volume that a restore has made. */
export function afterRestore(
  stack: string,
  volume: string,
  isDefault: boolean,
  table: string | undefined,
): string {
  const made = `✓ restored into the volume ${volume}`;
  if (table !== undefined) {
    return [
      made,
      '',
      `Only ${table} has rows in it, so it is there to be looked at and taken from, not to be served. For the rows as SQL:`,
      '  the same command with --sql',
      `Take it away: docker volume rm ${volume}`,
    ].join('\n');
  }
  if (isDefault) return [made, '', `Serve it: npx plinth up${option(stack)}`].join('\n');
  return [
    made,
    '',
    `Serve it:     npx plinth restore switch ${volume}${option(stack)}`,
    `Take it away: docker volume rm ${volume}`,
  ].join('\n');
}

/** @param before the volume that was served until now; undefined where there is none */
export function afterSwitch(stack: string, volume: string, before: string | undefined): string {
  const now = `✓ ${stack} serves the volume ${volume}`;
  if (before === undefined) return now;
  return [
    now,
    '',
    `The one before is still there. Go back: npx plinth restore switch ${before}${option(stack)}`,
    `Remove it for good: docker volume rm ${before}`,
  ].join('\n');
}
