import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { withTenant } from '../../../examples/clients/prisma.ts';
import { PATIENCE_MS, type Connect, type Queries } from './client.ts';

/** What is used of the generated client, whose own types come into being with the test. */
interface Tx {
  readonly facilitator: { findMany(what: object): Promise<{ id: string }[]> };
  readonly classroom: { findMany(what: object): Promise<{ facilitatorId: string }[]> };
  $executeRaw(statement: TemplateStringsArray, ...values: string[]): PromiseLike<number>;
  $queryRawUnsafe(statement: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
}
export interface PrismaClient extends Tx {
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
  $transaction<R>(work: (tx: Tx) => Promise<R>, limits?: object): Promise<R>;
}
type Constructor<T> = new (...args: object[]) => T;

/**
 * The generated client on a pool of its own.
 *
 * @param folder where the packages and the generated client are
 */
export async function generated(folder: string, url: string, size: number): Promise<PrismaClient> {
  const load = async <T>(file: string) => (await import(pathToFileURL(file).href)) as T;
  const { PrismaClient } = await load<{ PrismaClient: Constructor<PrismaClient> }>(
    path.join(folder, 'generated/client.ts'),
  );
  const { PrismaPg } = await load<{ PrismaPg: Constructor<object> }>(
    createRequire(path.join(folder, 'package.json')).resolve('@prisma/adapter-pg'),
  );
  const adapter = new PrismaPg(
    { connectionString: url, max: size, connectionTimeoutMillis: PATIENCE_MS },
    // The adapter prepares nothing by name unless it is told what to call it.
    { statementNameGenerator: ({ sql }: { sql: string }) => digest(sql) },
  );
  return new PrismaClient({ adapter });
}

/** @param folder where the packages and the generated client are */
export function connectFrom(folder: string): Connect {
  return async (url, size) => {
    const prisma = await generated(folder, url, size);
    const limits = { maxWait: PATIENCE_MS, timeout: PATIENCE_MS };
    return {
      withTenant: (tenant, work) => withTenant(prisma, tenant, (tx) => work(queries(tx)), limits),
      nested: (tenant) =>
        withTenant(prisma, tenant, (tx) =>
          withTenant(tx as PrismaClient, tenant, async () => 'let in'),
        ),
      naked: queries(prisma),
      end: () => prisma.$disconnect(),
    };
  };
}

function queries(on: Tx): Queries {
  return {
    facilitators: async () => (await on.facilitator.findMany({})).map(({ id }) => id),
    owners: async () => (await on.classroom.findMany({})).map((row) => row.facilitatorId),
    sql: (statement, values = []) => on.$queryRawUnsafe(statement, ...values),
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
