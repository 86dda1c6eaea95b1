import { exit, read, type Command } from '../command.ts';
import { shutdownSignal } from '../../lib/shutdown-signal.ts';
import { jsonLog } from '../../lib/json-log.ts';
import { places } from '../store/paths.ts';
import { serve } from '../logical/serve.ts';
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
      signal: shutdownSignal(),
    });
    return exit.ok;
  },
};
