/**
 * PGlite behind a socket, so that the real `pg` client talks to it: a Postgres for one connection at a
 * time, in this process. Whoever may log in is that role from the start, without a password, and has the
 * settings of that role.
 */
import type { PGlite } from '@electric-sql/pglite';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface PGliteServer {
  readonly port: number;
  /**
   * Cuts the connection off when a statement matches: the server is gone for the client, and what the
   * transaction did so far is rolled back. `after` lets the statement itself happen first.
   */
  cutAt(statement: RegExp | undefined, after?: 'before' | 'after'): void;
  /** Resolves when nobody is connected and the session is the superuser's again. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

interface Cut {
  readonly statement: RegExp;
  readonly when: 'before' | 'after';
}

/** Listens on a free port of 127.0.0.1. */
export async function servePGlite(db: PGlite): Promise<PGliteServer> {
  let cut: Cut | undefined;
  // One session for all: whatever comes in waits for what came before.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => (last = last.then(work));

  const sockets = new Set<Socket>();
  const ends = new Set<Promise<void>>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let pending = Buffer.alloc(0);
    let started = false;
    socket.on('error', () => socket.destroy());
    const end = new Promise<void>((ended) => {
      socket.on('close', () => {
        sockets.delete(socket);
        void inTurn(() => reset(db)).then(() => {
          ends.delete(end);
          ended();
        });
      });
    });
    ends.add(end);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const message = firstMessage(pending, started);
        if (message === undefined) return;
        pending = pending.subarray(message.length);
        const first = !started;
        started = true;
        void inTurn(() => (first ? begin(db, socket, message) : answer(db, socket, message, cut)));
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    cutAt: (statement, when = 'before') => (cut = statement && { statement, when }),
    quiet: async () => {
      await Promise.all(ends);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
      await Promise.all(ends);
    },
  };
}

/** The first whole message of what has arrived. The very first one has no letter before its length. */
function firstMessage(data: Buffer, started: boolean): Buffer | undefined {
  const at = started ? 1 : 0;
  if (data.length < at + 4) return undefined;
  const length = at + data.readInt32BE(at);
  return data.length < length ? undefined : data.subarray(0, length);
}

async function begin(db: PGlite, socket: Socket, startup: Buffer): Promise<void> {
  const words = startup.subarray(8).toString().split('\0');
  const user = words[words.indexOf('user') + 1] ?? '';
  await reset(db);
  const { rows } = await db.query<{ settings: string[] | null }>(
    `select setconfig as settings
       from pg_roles left join pg_db_role_setting on setrole = pg_roles.oid and setdatabase = 0
      where rolname = $1 and rolcanlogin`,
    [user],
  );
  const [role] = rows;
  if (role === undefined) {
    const fields = ['SFATAL', 'VFATAL', 'C28000', `Mrole "${user}" is not permitted to log in`];
    socket.end(message('E', Buffer.from(`${fields.join('\0')}\0\0`)));
    return;
  }
  await db.exec(`set session authorization "${user}"`);
  for (const setting of role.settings ?? []) {
    const [name, ...value] = setting.split('=');
    await db.query('select set_config($1, $2, false)', [name, value.join('=')]);
  }
  socket.write(Buffer.concat([message('R', [0, 0, 0, 0]), message('Z', ['I'.charCodeAt(0)])]));
}

async function answer(
  db: PGlite,
  socket: Socket,
  request: Buffer,
  cut: Cut | undefined,
): Promise<void> {
  if (socket.destroyed) return;
  if (request.toString('latin1', 0, 1) === 'X') {
    socket.end();
    return;
  }
  const hit = cut?.statement.test(request.toString()) === true;
  if (hit && cut.when === 'before') {
    socket.destroy();
    return;
  }
  const response = await db.execProtocolRaw(request);
  if (hit) socket.destroy();
  else socket.write(response);
}

async function reset(db: PGlite): Promise<void> {
  // Each on its own: several in one message are one transaction.
  await db.exec('rollback');
  await db.exec('discard all');
  // Here, unlike in a real server, discarding does not bring the superuser back.
  await db.exec('set session authorization postgres');
}

function message(letter: string, body: readonly number[] | Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(letter);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}
