import { execFileSync, spawn } from 'node:child_process';
import pg from 'pg';
import { pgHba, pgIdent } from '../../components/postgres/access-files.ts';
import { bootstrapSql } from '../../components/postgres/bootstrap.ts';
import { postgresqlConf } from '../../components/postgres/settings.ts';
import { scramVerifier } from '../../components/roles/scram.ts';
import { parseEnvironment } from '../../config/parse.ts';
import { pgbackrestConf } from '../../services/backup/pitr/conf.ts';
import type { PointInTimeSettings } from '../../services/backup/pitr/settings.ts';
import { rawFrom } from '../unit/config/raw.ts';
import { builtImage } from './images.ts';
import { eventually } from './stack.ts';

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

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

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

  private constructor(images: Readonly<Record<'postgres' | 'backup', string>>) {
    this.#images = images;
  }

  static async create(): Promise<PitrLab> {
    const lab = new PitrLab({
      postgres: await builtImage('postgres'),
      backup: await builtImage('backup'),
    });
    await lab.remove();
    await lab.#files(`${PREFIX}-public`, {
      'postgresql.conf': postgresqlConf(
        parseEnvironment(rawFrom({}), { stack: ENVIRONMENT }).postgres,
        'Etc/UTC',
        { archiveTimeoutSec: SETTINGS.archiveTimeoutSec },
      ),
      'pg_hba.conf': pgHba(),
      'pg_ident.conf': pgIdent(),
      'bootstrap.sql': bootstrapSql(),
      'backup.json': backupJson(),
    });
    await lab.#files(`${PREFIX}-secret`, lab.#secrets(lab.passphrase));
    await lab.#files(`${PREFIX}-wrong-secret`, lab.#secrets('another one'));
    await docker('volume', 'create', lab.repository);
    await docker('volume', 'create', lab.#socket);
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
      ...['--shm-size=256m', '-p', '127.0.0.1::5432', '-e', `PLINTH_ENVIRONMENT=${ENVIRONMENT}`],
      ...['-v', `${PREFIX}-public:/etc/plinth:ro`, '-v', `${PREFIX}-secret:/run/secrets:ro`],
      ...['-v', `${this.data}:/var/lib/postgresql`, '-v', `${this.#socket}:/run/postgresql`],
      // Its log goes with the container.
      ...['-v', '/var/log/postgresql'],
      ...['-v', `${this.repository}:/var/lib/pgbackrest`, this.#image('postgres')],
    );
    await docker(
      ...['run', '-d', '--name', this.pgbackrest, '--user=10001', ...HARDENED],
      ...['--tmpfs=/tmp:rw,noexec,nosuid,size=64m'],
      ...['-v', `${PREFIX}-public:/etc/plinth:ro`, '-v', `${PREFIX}-secret:/run/secrets:ro`],
      ...['-v', `${this.data}:/var/lib/postgresql:ro`, '-v', `${this.#socket}:/run/postgresql`],
      ...['-v', `${this.repository}:/var/lib/pgbackrest`, this.#image('backup'), 'pitr', 'serve'],
    );
    await eventually(
      () => said('exec', this.pgbackrest, 'plinth-health'),
      ({ code }) => code === 0,
    );
  }

  /** SIGKILL, and the disk is gone. */
  async lose(): Promise<void> {
    await docker('kill', '-s', 'KILL', this.server);
    await docker('rm', '-f', '-v', this.server, this.pgbackrest);
    await docker('volume', 'rm', this.data);
  }

  /** `plinth-backup pitr …` where it is served. */
  pitr(...args: readonly string[]): Promise<Said> {
    return said('exec', this.pgbackrest, 'plinth-backup', 'pitr', ...args);
  }

  /** A restore with nothing but the repository, and no network. */
  restore(volume: string, args: readonly string[], options: RestoreOptions = {}): Promise<Said> {
    const { repository = this.repository, secret = `${PREFIX}-secret` } = options;
    return said(
      ...['run', '--rm', '--network=none', '--user=10001', ...HARDENED, '--shm-size=64m'],
      ...['--tmpfs=/tmp:rw,noexec,nosuid,size=64m', '-v', `${secret}:/run/secrets:ro`],
      ...['-v', `${repository}:/var/lib/pgbackrest:ro`, '-v', `${volume}:/var/lib/postgresql`],
      ...[this.#image('backup'), 'pitr', 'restore', '--environment', ENVIRONMENT, ...args],
    );
  }

  readonly wrongSecret = `${PREFIX}-wrong-secret`;

  /**
   * What a query answers in a restored volume, by a server that nobody else reaches. It archives nothing, but keeps what
   * is to be archived: with archiving off it would throw that away.
   */
  async ask(volume: string, sql: string): Promise<string[]> {
    const script = [
      'postgres -D /var/lib/postgresql/data -c config_file=/tmp/empty -c hba_file=/tmp/hba -c ident_file=/tmp/empty',
      '-c unix_socket_directories=/tmp -c listen_addresses= -c archive_mode=on -c archive_command= -c shared_buffers=64MB',
      '-c track_commit_timestamp=on >/tmp/log 2>&1 &',
    ].join(' ');
    const { code, out, err } = await said(
      ...[
        'run',
        '--rm',
        '-i',
        '--network=none',
        '--user=10001',
        '--shm-size=64m',
        '--tmpfs=/tmp:rw',
      ],
      ...['-v', `${volume}:/var/lib/postgresql`, '--entrypoint=bash', this.#image('backup'), '-c'],
      `touch /tmp/empty; echo 'local all all trust' >/tmp/hba; ${script}
       until psql -X -h /tmp -U postgres -d postgres -c 'select 1' >/dev/null 2>&1; do
         kill -0 $! 2>/dev/null || { cat /tmp/log >&2; exit 1; }; sleep 0.1; done
       psql -X -q -A -t -v ON_ERROR_STOP=1 -h /tmp -U postgres -d postgres -c "$0"; status=$?
       kill -INT $!; wait $!; exit $status`,
      sql,
    );
    if (code !== 0) throw new Error(err);
    return out.split('\n').filter((line) => line !== '');
  }

  /** A shell as root in a container that sees the repository; for what disks and people do to it. */
  async inRepository(script: string, repository = this.repository): Promise<string> {
    const { out } = await docker(
      ...['run', '--rm', '--network=none', '--user=0:0', '-v', `${repository}:/repository`],
      ...['--entrypoint=bash', this.#image('backup'), '-euc', `cd /repository; ${script}`],
    );
    return out;
  }

  /** The repository as it is now, for an experiment. */
  async copyRepository(name: string): Promise<string> {
    const copy = `${PREFIX}-${name}`;
    await docker('volume', 'create', copy);
    await docker(
      ...['run', '--rm', '--network=none', '--user=0:0', '-v', `${this.repository}:/from:ro`],
      ...[
        '-v',
        `${copy}:/to`,
        '--entrypoint=bash',
        this.#image('backup'),
        '-c',
        'cp -a /from/. /to/',
      ],
    );
    return copy;
  }

  /** `plinth-backup pitr …` with another repository and no server. */
  pitrOn(repository: string, ...args: readonly string[]): Promise<Said> {
    return said(
      ...['run', '--rm', '--network=none', '--user=10001', ...HARDENED],
      ...['--tmpfs=/tmp:rw,noexec,nosuid,size=64m', '-v', `${PREFIX}-secret:/run/secrets:ro`],
      ...['-v', `${repository}:/var/lib/pgbackrest`, this.#image('backup'), 'pitr', ...args],
    );
  }

  async metrics(): Promise<Record<string, number>> {
    const script = "fetch('http://127.0.0.1:9188/metrics').then((r) => r.text()).then(console.log)";
    const { out } = await docker('exec', this.pgbackrest, 'node', '-e', script);
    const found = out.matchAll(/^(plinth_\w+) (\S+)$/gm);
    return Object.fromEntries([...found].map(([, name, value]) => [name!, Number(value)]));
  }

  /** An empty volume; the name is the lab's own. */
  volume(name: string): string {
    return `${PREFIX}-${name}`;
  }

  async client(): Promise<pg.Client> {
    const { out } = await docker('port', this.server, '5432');
    const port = Number(/:(\d+)/.exec(out)![1]);
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

  async #files(volume: string, files: Readonly<Record<string, string>>): Promise<void> {
    await docker('volume', 'create', volume);
    for (const [name, text] of Object.entries(files)) {
      execFileSync(
        'docker',
        [
          ...['run', '--rm', '-i', '--network=none', '--user=0:0', '-v', `${volume}:/files`],
          ...['--entrypoint=sh', this.#image('postgres'), '-c'],
          ...['cat >"/files/$0" && chown 10001:10001 "/files/$0" && chmod 0400 "/files/$0"', name],
        ],
        { input: text },
      );
    }
  }
}

export interface RestoreOptions {
  readonly repository?: string;
  /** Volume with the configuration. */
  readonly secret?: string;
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

async function docker(...args: readonly string[]): Promise<Said> {
  const answer = await said(...args);
  if (answer.code !== 0) throw new Error(`docker ${args.slice(0, 3).join(' ')}: ${answer.err}`);
  return answer;
}

async function lines(...args: readonly string[]): Promise<string[]> {
  const { out } = await docker(...args);
  return out.split('\n').filter((line) => line !== '');
}

function said(...args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, out, err }));
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
