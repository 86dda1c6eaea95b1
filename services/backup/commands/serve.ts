import { exit, read, type Command } from '../command.ts';
import { untilStopped } from '../../until-stopped.ts';
import { jsonLog } from '../../log.ts';
import { places } from '../places.ts';
import { serve } from '../serve.ts';
import { loadSettings } from '../settings.ts';

export const command: Command = {
  help: `serve
Makes backups on a schedule, the first one immediately. Serves /metrics and /healthz on port 9188.`,
  run: async (args) => {
    read(args, {});
    await serve({
      settings: loadSettings(),
      places,
      log: jsonLog('backup'),
      signal: untilStopped(),
    });
    return exit.ok;
  },
};
