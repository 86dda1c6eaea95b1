import { exit, print, printJson, read, type Command } from '../command.ts';
import { places } from '../store/paths.ts';
import { planRetention } from '../store/retention.ts';
import { loadSettings } from '../settings.ts';
import { megabytes } from '../store/space.ts';
import { ageOf, table } from '../format.ts';
import { knownBackups } from '../store/verification-results.ts';

export const command: Command = {
  help: `list [--json]
Lists the backups, newest first, and why each is kept. "unverified": its files were not verified, or changed since the
last verification; see verify.`,
  run: async (args) => {
    const { values } = read(args, { json: { type: 'boolean' } });
    const { retention, timezone } = loadSettings();
    const now = new Date();
    const known = (await knownBackups(places)).reverse();
    const plan = planRetention(known, retention, now, timezone);
    const rows = known.map(({ id, label, startedAt, state, reason, verifiedAt, manifest }) => ({
      id,
      label,
      startedAt: startedAt.toISOString(),
      state,
      reason,
      verifiedAt,
      bytes: manifest?.totals.bytes ?? null,
      rows: manifest?.totals.rows ?? null,
      durationSec: manifest?.durationSec ?? null,
      keptBecause: plan.keep.get(id) ?? [],
    }));
    if (values.json === true) {
      printJson(rows);
      return exit.ok;
    }
    if (rows.length === 0) print('there are no backups yet');
    else {
      print(
        ...table([
          ['ID', 'AGE', 'SIZE', 'ROWS', 'TOOK', 'STATE', 'KEPT BECAUSE'],
          ...rows.map((row) => [
            row.id,
            ageOf(new Date(row.startedAt), now),
            row.bytes === null ? '?' : megabytes(row.bytes),
            row.rows === null ? '?' : String(row.rows),
            row.durationSec === null ? '?' : `${String(row.durationSec)} s`,
            row.state,
            row.reason ??
              (row.keptBecause.length === 0
                ? 'not kept: removed after the next good backup'
                : row.keptBecause.join(', ')),
          ]),
        ]),
      );
    }
    return exit.ok;
  },
};
