import { spawn } from 'node:child_process';
import pg from 'pg';
import { pgHba, pgIdent } from '../../components/postgres/hba.ts';
import { bootstrapSql } from '../../components/postgres/bootstrap.ts';
import { postgresqlConf } from '../../components/postgres/settings.ts';
import { scramVerifier } from '../../components/roles/scram.ts';
import { parseEnvironment } from '../../config/parse.ts';
import { pgbackrestConf } from '../../backup/pitr/conf.ts';
import type { PointInTimeSettings } from '../../backup/pitr/settings.ts';
import { rawFrom } from '../unit/config/raw.ts';
import { Helper, HELPER_ARGUMENTS, HELPER_ENTRYPOINT } from './backup/helper.ts';
import type { Ended } from './backup/containers.ts';
import { builtImage } from './images.ts';
import { eventually, freePorts } from './stack.ts';

const PREFIX = 't-pitr';
const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];
const PASSWORD = 'only-for-this-test';
const ENVIRONMENT = 't-pitr';

/** Nothing by itself but the first full backup. */
const NEVER = '0 0 29 2 *';
const SETTINGS: PointInTimeSettings = {
  schedule: { full: NEVER, differential: NEVER, incremental: NEVER, verify: NEVER },
  archiveTimeoutSec: 60,
  retention: { full: 2, differential: 7 },
};

/** Where restores go, a folder each. */
const RESTORES = '/var/lib/postgresql';

/** A server with its archive, its pgBackRest container and a repository, as components make them, without Pulumi. */
export class PitrLab {
  readonly passphrase = 'correct = horse #battery staple';
  readonly #images: Readonly<Record<'postgres' | 'backup', string>>;
  /** The cluster's volume: each new one has another. */
  data = `${PREFIX}-data`;
  readonly repository = `${PREFIX}-repository`;
  readonly server = `${PREFIX}-postgres`;
  readonly pgbackrest = `${PREFIX}-pgbackrest`;
  readonly #socket = `${PREFIX}-socket`;
  /** Of the server, and of the pgBackRest container's page. */
  readonly #ports: readonly [server: number, page: number];

  private constructor(
    images: Readonly<Record<'postgres' | 'backup', string>>,
    ports: readonly [number, number],
  ) {
    this.#images = images;
    this.#ports = ports;
  }

  static async create(): Promise<PitrLab> {
    const [server = 0, page = 0] = await freePorts(2);
    const lab = new PitrLab(
      { postgres: await builtImage('postgres'), backup: await builtImage('backup') },
      [server, page],
    );
    await lab.remove();
    await lab.#files({
      public: {
        'postgresql.conf': postgresqlConf(
          parseEnvironment(rawFrom({}), { stack: ENVIRONMENT }).postgres,
          'Etc/UTC',
          { archiveTimeoutSec: SETTINGS.archiveTimeoutSec },
        ),
        'pg_hba.conf': pgHba(),
        'pg_ident.conf': pgIdent(),
        'bootstrap.sql': bootstrapSql(),
        'backup.json': backupJson(),
      },
      secret: lab.#secrets(lab.passphrase),
      'wrong-secret': lab.#secrets('another one'),
    });
    return lab;
  }

  /** Everything of this lab, also of one that was killed. */
  async remove(): Promise<void> {
    const named = `name=^/?${PREFIX}-`;
    const containers = await lines('ps', '-aq', '--filter', named);
    if (containers.length > 0) await docker('rm', '-f', '-v', ...containers);
    const volumes = await lines('volume', 'ls', '-q', '--filter', `name=^${PREFIX}-`);
    if (volumes.length > 0) await docker('volume', 'rm', '-f', ...volumes);
  }

  /** Both containers, on the present data volume. */
  async up(): Promise<void> {
    await docker(
      ...[
        'run',
        '-d',
        '--name',
        this.server,
        ...HARDENED,
        '--tmpfs=/tmp:rw,noexec,nosuid,size=16m',
      ],
      ...['--shm-size=256m', '-p', `127.0.0.1:${String(this.#ports[0])}:5432`],
      ...['-e', `PLINTH_ENVIRONMENT=${ENVIRONMENT}`],
      ...['-v', `${PREFIX}-public:/etc/plinth:ro`, '-v', `${PREFIX}-secret:/run/secrets:ro`],
      ...['-v', `${this.data}:/var/lib/postgresql`, '-v', `${this.#socket}:/run/postgresql`],
      // Its log goes with the container.
      ...['-v', '/var/log/postgresql'],
      ...['-v', `${this.repository}:/var/lib/pgbackrest`, this.#image('postgres')],
    );
    await docker(
      ...['run', '-d', '--name', this.pgbackrest, '--user=10001', ...HARDENED],
      ...['--tmpfs=/tmp:rw,noexec,nosuid,size=64m'],
      ...['-p', `127.0.0.1:${String(this.#ports[1])}:9188`],
      ...['-v', `${PREFIX}-public:/etc/plinth:ro`, '-v', `${PREFIX}-secret:/run/secrets:ro`],
      ...['-v', `${this.data}:/var/lib/postgresql:ro`, '-v', `${this.#socket}:/run/postgresql`],
      ...['-v', `${this.repository}:/var/lib/pgbackrest`, this.#image('backup'), 'pitr', 'serve'],
    );
    await eventually(
      () => this.#page('healthz').catch((error: unknown) => ({ ok: false, text: String(error) })),
      ({ ok }) => ok,
      120,
    );
  }

  /** SIGKILL, and the disk is gone. */
  async lose(): Promise<void> {
    await docker('kill', '-s', 'KILL', this.server);
    await docker('rm', '-f', '-v', this.server, this.pgbackrest);
    await docker('volume', 'rm', this.data);
  }

  /** `plinth-backup pitr …` where it is served. */
  pitr(...args: readonly string[]): Promise<Ended> {
    return said('exec', this.pgbackrest, 'plinth-backup', 'pitr', ...args);
  }

  /** A script in the repository that is in use. */
  async inArchive(script: string): Promise<void> {
    await docker('exec', this.pgbackrest, 'bash', '-euc', `cd /var/lib/pgbackrest; ${script}`);
  }

  /** A restore into a volume, with nothing but the repository, and no network. */
  restore(volume: string, ...args: readonly string[]): Promise<Ended> {
    return said(
      ...['run', '--rm', '--network=none', '--user=10001', ...HARDENED, '--shm-size=64m'],
      ...['--tmpfs=/tmp:rw,noexec,nosuid,size=64m', '-v', `${PREFIX}-secret:/run/secrets:ro`],
      ...['-v', `${this.repository}:/var/lib/pgbackrest:ro`, '-v', `${volume}:${RESTORES}`],
      ...[this.#image('backup'), ...RESTORE, ...args],
    );
  }

  /** A container for many restores, which has what {@link restore} has. */
  restores(secret: 'secret' | 'wrong-secret' = 'secret'): Promise<Restores> {
    return this.#restores(`restores-of-${secret}`, secret, [
      `${this.repository}:/var/lib/pgbackrest:ro`,
    ]);
  }

  /** The same with the repository as it is now, for what disks and people do to it. */
  async experiment(): Promise<Restores> {
    const restores = await this.#restores('experiment', 'secret', [
      `${PREFIX}-copy:/var/lib/pgbackrest`,
      `${this.repository}:/from:ro`,
    ]);
    await restores.helper.bash('cp -a /from/. /var/lib/pgbackrest/');
    return restores;
  }

  async #restores(name: string, secret: string, mounts: readonly string[]): Promise<Restores> {
    const helper = await Helper.start([
      ...['run', '--rm', '-i', '--name', `${PREFIX}-${name}`, '--network=none', '--user=10001'],
      ...[...HARDENED, '--shm-size=64m', '--tmpfs=/tmp:rw,noexec,nosuid,size=64m'],
      ...['-v', `${PREFIX}-${secret}:/run/secrets:ro`, '-v', `${PREFIX}-${name}:${RESTORES}`],
      ...mounts.flatMap((mount) => ['-v', mount]),
      ...['--entrypoint', HELPER_ENTRYPOINT, this.#image('backup'), ...HELPER_ARGUMENTS],
    ]);
    return new Restores(helper);
  }

  /** A query's answer in a volume that was restored. */
  async ask(volume: string, sql: string): Promise<string[]> {
    const answer = await said(
      ...['run', '--rm', '--network=none', '--user=10001', '--shm-size=64m', '--tmpfs=/tmp:rw'],
      ...['-v', `${volume}:${RESTORES}`, '--entrypoint=bash', this.#image('backup')],
      ...['-c', ASK, `${RESTORES}/data`, sql],
    );
    return answered(answer);
  }

  async metrics(): Promise<Record<string, number>> {
    const { text } = await this.#page('metrics');
    const found = text.matchAll(/^(plinth_\w+) (\S+)$/gm);
    return Object.fromEntries([...found].map(([, name, value]) => [name!, Number(value)]));
  }

  async #page(name: string): Promise<{ readonly ok: boolean; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${String(this.#ports[1])}/${name}`, {
      signal: AbortSignal.timeout(10_000),
    });
    return { ok: response.ok, text: await response.text() };
  }

  /** An empty volume; the name is the lab's own. */
  volume(name: string): string {
    return `${PREFIX}-${name}`;
  }

  async client(): Promise<pg.Client> {
    const [port] = this.#ports;
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port, user: 'postgres', password: PASSWORD, database: 'postgres' },
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    const client = await this.client();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  #image(name: 'postgres' | 'backup'): string {
    return this.#images[name];
  }

  #secrets(cipherPass: string): Record<string, string> {
    return {
      'superuser.verifier': scramVerifier(PASSWORD, 'c2FsdHNhbHRzYWx0c2FsdA=='),
      'pgbackrest.conf': pgbackrestConf({
        ...{ repository: { kind: 'local' }, cipherPass, retention: SETTINGS.retention },
      }),
    };
  }

  /** Writes files for the server's user into volumes, by volume and name. */
  async #files(volumes: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
    const script = `
      const fs = require('fs');
      for (const [volume, files] of Object.entries(JSON.parse(fs.readFileSync(0, 'utf8'))))
        for (const [name, text] of Object.entries(files)) {
          const path = '/files/' + volume + '/' + name;
          fs.writeFileSync(path, text, { mode: 0o400 });
          fs.chownSync(path, 10001, 10001);
        }`;
    const mounts = Object.keys(volumes).flatMap((name) => [
      '-v',
      `${PREFIX}-${name}:/files/${name}`,
    ]);
    const { code, stderr } = await fed(
      JSON.stringify(volumes),
      ...['run', '--rm', '-i', '--network=none', '--user=0:0', ...mounts],
      ...['--entrypoint=node', this.#image('backup'), '-e', script],
    );
    if (code !== 0) throw new Error(stderr);
  }
}

const RESTORE = ['pitr', 'restore', '--environment', ENVIRONMENT];

/**
 * What a query answers in a restored volume, by a server without a network. It archives nothing, but keeps what
 * is to be archived: with archiving off it would throw that away. $0 is the cluster, $1 the query.
 */
const ASK = `
  at=$(mktemp -d); touch $at/empty; echo 'local all all trust' >$at/hba
  postgres -D "$0" -c config_file=$at/empty -c hba_file=$at/hba -c ident_file=$at/empty \
    -c unix_socket_directories=$at -c listen_addresses= -c archive_mode=on -c archive_command= -c shared_buffers=64MB \
    -c track_commit_timestamp=on >$at/log 2>&1 &
  until psql -X -h $at -U postgres -d postgres -c 'select 1' >/dev/null 2>&1; do
    kill -0 $! 2>/dev/null || { cat $at/log >&2; exit 1; }; sleep 0.1; done
  psql -X -q -A -t -v ON_ERROR_STOP=1 -h $at -U postgres -d postgres -c "$1"; status=$?
  kill -INT $!; wait $!; exit $status`;

/** @throws with the server's words when it did not start */
function answered({ code, stdout, stderr }: Ended): string[] {
  if (code !== 0) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

/** A container in which restores go into folders, each of which stands for a volume. */
export class Restores {
  readonly helper: Helper;

  constructor(helper: Helper) {
    this.helper = helper;
  }

  /** A restore into the folder of that name, which is made where it is missing. */
  async restore(name: string, ...args: readonly string[]): Promise<Ended> {
    const folder = `${RESTORES}/${name}`;
    await this.helper.bash('mkdir -p "$1"', folder);
    return this.helper.run(['plinth-backup', ...RESTORE, '--to', folder, ...args]);
  }

  /** `plinth-backup pitr …` without a server. */
  pitr(...args: readonly string[]): Promise<Ended> {
    return this.helper.run(['plinth-backup', 'pitr', ...args]);
  }

  async ask(name: string, sql: string): Promise<string[]> {
    return answered(await this.helper.run(['bash', '-c', ASK, `${RESTORES}/${name}/data`, sql]));
  }

  /** Whether a server would find a cluster in the folder. */
  async holdsCluster(name: string): Promise<boolean> {
    const { code } = await this.helper.run(['test', '-e', `${RESTORES}/${name}/data/PG_VERSION`]);
    return code === 0;
  }

  /** A script of bash in the repository. */
  inRepository(script: string): Promise<string> {
    return this.helper.bash(`cd /var/lib/pgbackrest; ${script}`);
  }
}

function backupJson(): string {
  return JSON.stringify({
    stack: ENVIRONMENT,
    timezone: 'Europe/Berlin',
    server: { host: 'postgres', port: 5432, user: 'backup' },
    schedule: NEVER,
    encryption: { recipients: ['age1'], gpgKeys: [] },
    compressionLevel: 3,
    jobs: 1,
    retention: { days: 1, weekly: 0, monthly: 0, yearly: 0 },
    drill: { schedule: NEVER },
    pointInTime: SETTINGS,
    configuration: '',
  });
}

async function docker(...args: readonly string[]): Promise<Ended> {
  const answer = await said(...args);
  if (answer.code !== 0) throw new Error(`docker ${args.slice(0, 3).join(' ')}: ${answer.stderr}`);
  return answer;
}

async function lines(...args: readonly string[]): Promise<string[]> {
  const { stdout } = await docker(...args);
  return stdout.split('\n').filter((line) => line !== '');
}

function said(...args: readonly string[]): Promise<Ended> {
  return fed('', ...args);
}

/** The Docker client with something to read. */
function fed(input: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args, {
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** One insert that was acknowledged. */
export interface Ack {
  readonly writer: number;
  readonly n: number;
  /** Where WAL ended after the commit had returned: the commit itself is before that. */
  readonly lsn: string;
}

/** Writers that note what COMMIT has acknowledged, and nothing else. */
export class Load {
  readonly acks: Ack[] = [];
  #stopped = false;
  #writers: Promise<void>[] = [];
  static #next = 0;

  static async start(lab: PitrLab, writers: number): Promise<Load> {
    const load = new Load();
    const clients = await Promise.all(Array.from({ length: writers }, () => lab.client()));
    load.#writers = clients.map((client) => load.#write(client, Load.#next++));
    return load;
  }

  /** Waits for so many more. */
  async more(count: number): Promise<void> {
    const enough = this.acks.length + count;
    await eventually(
      async () => this.acks.length,
      (written) => written >= enough,
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  async #write(client: pg.Client, writer: number): Promise<void> {
    try {
      for (let n = 0; !this.#stopped; n += 1) {
        await client.query('begin');
        await client.query("insert into ledger values ($1, $2, repeat('x', 500))", [writer, n]);
        await client.query('commit');
        const { rows } = await client.query<{ lsn: string }>(
          'select pg_current_wal_insert_lsn()::text as lsn',
        );
        this.acks.push({ writer, n, lsn: rows[0]!.lsn });
      }
    } catch {
      // The server is gone: what was not acknowledged does not count.
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
