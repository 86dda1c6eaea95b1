// What a person wants back: a logical backup, or a moment.

import { UsageError, text, type Values } from '../command.ts';

export type RecoveryTarget =
  /** A logical backup: an id, a label, or `latest`. */
  | { readonly kind: 'backup'; readonly which: string }
  /** Point-in-time recovery, in the words of `plinth-backup pitr restore`. */
  | { readonly kind: 'point'; readonly args: readonly string[]; readonly says: string };

const WAYS = ['backup', 'label', 'to-time', 'to-label', 'latest'] as const;

/**
 * @param pointInTime whether the stack has point-in-time recovery
 * @throws UsageError unless exactly one thing is said
 */
export function recoveryTargetOf(values: Values, pointInTime: boolean): RecoveryTarget {
  const given = WAYS.filter((name) => values[name] !== undefined && values[name] !== false);
  const [way, ...more] = given;
  if (way === undefined || more.length > 0) {
    const got = given.length === 0 ? 'nothing' : given.map((name) => `--${name}`).join(' and ');
    throw new UsageError(
      `what shall come back is said by one of --latest, --to-time, --to-label, --backup, --label; got ${got}`,
    );
  }
  const value = text(values, way) ?? '';
  const ofBackup = text(values, 'from') ?? text(values, 'table') ?? text(values, 'database');
  switch (way) {
    case 'backup':
    case 'label':
      return { kind: 'backup', which: value };
    case 'latest':
      return pointInTime && ofBackup === undefined
        ? { kind: 'point', args: ['--latest'], says: 'the newest state that is archived' }
        : { kind: 'backup', which: 'latest' };
    case 'to-time':
    case 'to-label':
      if (ofBackup !== undefined) {
        throw new UsageError(
          `--${way} brings a whole server back, so --from, --table and --database do not go with it: name a backup with --backup or --label`,
        );
      }
      if (!pointInTime) {
        throw new UsageError(
          `--${way} needs point-in-time recovery, which this environment does not have here: name a backup with --backup, --label or --latest`,
        );
      }
      return {
        kind: 'point',
        args: [`--${way}`, value],
        says: way === 'to-time' ? `the state of ${value}` : `the state of label ${value}`,
      };
  }
}
