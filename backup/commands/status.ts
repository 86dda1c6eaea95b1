import { exit, print, printJson, read, type Command } from '../command.ts';
import { freeBytes } from '../store/folder.ts';
import { places } from '../store/paths.ts';
import { schedule } from '../logical/schedule.ts';
import { healthOf } from '../logical/serve.ts';
import { loadSettings } from '../settings.ts';
import { megabytes } from '../store/space.ts';
import { readStatus } from '../store/status.ts';
import { knownBackups } from '../store/verification-results.ts';
import { ageOf } from '../format.ts';

export const command: Command = {
  help: `status [--json]
Shows the last attempt and its result, the number of backups, and the time of the next backup. Exit code 1: the last
attempt failed.`,
  run: async (args) => {
    const { values } = read(args, { json: { type: 'boolean' } });
    const settings = loadSettings();
    const status = await readStatus(places.status);
    const known = await knownBackups(places);
    const timer = schedule(settings.schedule, settings.timezone, () => undefined);
    const nextRun = timer.next()?.toISOString() ?? null;
    timer.stop();
    const { healthy, reason } = healthOf(status);
    const { lastAttempt, lastSuccess, failures } = status;
    const count = (state: string): number => known.filter((one) => one.state === state).length;
    const summary = {
      healthy,
      reason,
      lastAttempt,
      lastSuccess,
      failures,
      nextRun,
      backups: { good: count('good'), unverified: count('unverified'), damaged: count('damaged') },
      freeBytes: await freeBytes(places.root),
    };
    if (values.json === true) printJson(summary);
    else {
      const { backups } = summary;
      const success =
        lastSuccess === null
          ? 'none yet'
          : `${lastSuccess.id}, ${ageOf(new Date(lastSuccess.finishedAt), new Date())} ago, ${megabytes(lastSuccess.bytes)}`;
      print(
        reason,
        `last good backup: ${success}`,
        `next backup: ${nextRun ?? 'none'}`,
        `backups: ${String(backups.good)} good, ${String(backups.unverified)} unverified, ${String(backups.damaged)} damaged`,
        `free: ${megabytes(summary.freeBytes)}`,
      );
    }
    return healthy ? exit.ok : exit.failed;
  },
};
