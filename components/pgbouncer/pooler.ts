import * as pulumi from '@pulumi/pulumi';
import { ServiceContainer } from '../container/service.ts';
import type { Endpoint, EnvironmentContext } from '../types.ts';
import { pgbouncerHba, pgbouncerIdent, userlist } from './hba.ts';
import { pgbouncerIni, type IniArgs } from './ini.ts';

export interface PgBouncerArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  readonly config: IniArgs;
  /** Directory with the server's socket. */
  readonly serverSocketVolume: pulumi.Input<string>;
  /** Directory for the pooler's own socket. */
  readonly socketVolume: pulumi.Input<string>;
}

const UID = 10002;

/** PgBouncer: what applications connect to. It holds no password, so it has no secret files. */
export class PgBouncer extends pulumi.ComponentResource {
  /** Pooled endpoint as seen from this machine. */
  readonly pooled: Endpoint;
  /** Endpoint as seen from the stack's network. */
  readonly internal: Endpoint = { host: 'pgbouncer', port: 6432 };

  constructor(name: string, args: PgBouncerArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:pgbouncer:PgBouncer', name, {}, opts);
    this.pooled = { host: '127.0.0.1', port: args.config.port };
    new ServiceContainer(
      name,
      {
        ...args,
        part: 'pgbouncer',
        uid: UID,
        limits: {
          memoryBytes: args.config.memoryBytes,
          cpus: args.config.cpus,
          pids: 32,
          graceSec: 30,
        },
        env: { PLINTH_DATABASE: args.config.database },
        publicFiles: {
          'pgbouncer.ini': pgbouncerIni(args.config),
          'pgbouncer_hba.conf': pgbouncerHba(),
          'pgbouncer_ident.conf': pgbouncerIdent(),
          'userlist.txt': userlist(),
        },
        volumes: [
          { volume: args.serverSocketVolume, path: '/run/postgresql' },
          { volume: args.socketVolume, path: '/run/pgbouncer' },
        ],
        ports: [{ internal: 6432, external: args.config.port }],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
