import { facilitator, SETTING } from './load.ts';
import { generated, type PrismaClient } from './prisma.ts';

type Query = (args: object) => PromiseLike<unknown>;
interface Extensible extends PrismaClient {
  $extends(extension: object): {
    readonly classroom: {
      count(what: object): Promise<number>;
      create(what: object): Promise<unknown>;
      deleteMany(what: object): Promise<unknown>;
    };
    $transaction(work: (tx: ReturnType<Extensible['$extends']>) => Promise<void>): Promise<void>;
  };
  $transaction<R>(work: unknown): Promise<R>;
}

/**
 * The other recipe one meets: a client extension that puts each operation into a batch of its own, behind the
 * setting. Inside a transaction the operation leaves it.
 *
 * @returns how many rows a transaction left that was rolled back
 */
export async function leftByExtension(folder: string, url: string): Promise<number> {
  // Each operation needs a second connection while the transaction holds the first.
  const prisma = (await generated(folder, url, 2)) as Extensible;
  const own = facilitator(1);
  const enter = () =>
    prisma.$executeRaw`select set_config(${SETTING}, ${own}, true)` as Promise<number>;
  const extended = prisma.$extends({
    query: {
      $allModels: {
        async $allOperations({ args, query }: { args: object; query: Query }) {
          const [, result] = await prisma.$transaction<unknown[]>([enter(), query(args)]);
          return result;
        },
      },
    },
  });
  const where = { code: 'EXTENDED' };
  const row = { ...where, facilitatorId: own, name: 'Extension', school: 'Extension', grade: 3 };
  const rolledBack = new Error('rolled back on purpose');
  try {
    await extended
      .$transaction(async (tx) => {
        await tx.classroom.create({ data: row });
        throw rolledBack;
      })
      .catch((error: unknown) => {
        if (error !== rolledBack) throw error;
      });
    return await extended.classroom.count({ where });
  } finally {
    await extended.classroom.deleteMany({ where });
    await prisma.$disconnect();
  }
}
