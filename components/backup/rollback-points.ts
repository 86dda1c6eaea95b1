import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import type { EnvironmentConfig } from '../../config/environment.ts';
import { RollbackPoint } from '../../provider/resources.ts';

export interface RollbackPointsArgs {
  readonly config: EnvironmentConfig;
  /** Image of the server. */
  readonly image: pulumi.Input<string>;
  /** SHA-256 of each migration by its name. */
  readonly migrations: Readonly<Record<string, string>>;
}

/** Backups that are taken by themselves, before something that cannot be taken back. */
export class RollbackPoints extends pulumi.ComponentResource {
  /** The server waits for these before it is replaced. */
  readonly beforeServer: pulumi.Resource[];
  /** Migrations wait for these. */
  readonly beforeMigrations: pulumi.Resource[];

  constructor(name: string, args: RollbackPointsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:backup:RollbackPoints', name, {}, opts);
    const { config } = args;
    const wanted = config.backup.enabled && config.backup.rollbackPoints;
    const point = (what: string, before: Readonly<Record<string, pulumi.Input<string>>>) => {
      if (!wanted) return [];
      const label = `before-${what}`;
      const { stack, docker } = config;
      return [
        new RollbackPoint(
          label,
          { stack, label, before, dockerHost: docker.host },
          { parent: this },
        ),
      ];
    };
    this.beforeServer = point('server', {
      'a new image of the server': args.image,
      'new settings of the server': digest(config.postgres, config.timezone),
    });
    this.beforeMigrations = point('migrations', args.migrations);
    this.registerOutputs();
  }
}

function digest(...settings: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12);
}
