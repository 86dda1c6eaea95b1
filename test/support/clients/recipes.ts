/** The clients whose recipes are tested, and how they are run against an environment. */
import { docker, type TestStack } from '../stack.ts';
import {
  nodeProgram,
  providePrisma,
  providePython,
  pythonProgram,
  type Order,
} from './programs.ts';

/** A table whose unique column is checked at commit. */
const LATE = 'side.late';

export interface ClientUnderTest {
  readonly client: string;
  readonly program: 'node' | 'python';
  /** Which connection string it takes. */
  readonly string: string;
  /** A statement of its own that it has the server prepare; undefined when it prepares none. */
  readonly prepares?: string;
  /** What it says when the callback keeps a failed query to itself. */
  readonly swallowed: RegExp;
  readonly nests?: boolean;
}

const SILENT = /^no error/;
export const clients: readonly ClientUnderTest[] = [
  {
    client: 'pg',
    program: 'node',
    string: 'psql',
    prepares: 'select facilitator_id from classrooms',
    swallowed: /nothing was saved/,
  },
  { client: 'knex', program: 'node', string: 'knex', swallowed: SILENT, nests: true },
  {
    client: 'prisma',
    program: 'node',
    string: 'prisma',
    prepares: 'FROM "public"."classrooms"',
    swallowed: SILENT,
    nests: true,
  },
  {
    client: 'sync',
    program: 'python',
    string: 'sqlalchemy',
    prepares: 'classrooms /* sync */',
    swallowed: SILENT,
  },
  {
    client: 'async',
    program: 'python',
    string: 'sqlalchemyAsync',
    prepares: 'classrooms /* async */',
    swallowed: SILENT,
  },
];

/** Programs that act as the clients, on one environment. */
export interface Recipes {
  /** Folder of Prisma's packages. */
  readonly prisma: string;
  /** Gives a client a task, as a user; its report. */
  ask(client: ClientUnderTest, url: string, task: Order['task'], more?: object): Promise<unknown>;
  /** Takes back what `provideRecipes` made in the database. */
  remove(): Promise<unknown>;
}

/** Provides the clients, and a schema of their own in the database, which no declaration speaks of. */
export async function provideRecipes(stack: TestStack, database: string): Promise<Recipes> {
  const superuser = (...statements: string[]) =>
    docker(
      ...['exec', stack.container('postgres')],
      ...['psql', '-U', 'postgres', '-d', database, '-v', 'ON_ERROR_STOP=1', '-qAt'],
      ...statements.flatMap((statement) => ['-c', statement]),
    );
  await superuser(
    'create schema side',
    `create table ${LATE} (id integer unique deferrable initially deferred)`,
    'grant usage on schema side to app',
    `grant all on ${LATE} to app`,
  );
  const prisma = await providePrisma();
  const network = stack.container('').replace(/-$/, '');
  const programs = {
    node: nodeProgram(prisma),
    python: pythonProgram(await providePython(), network),
  };
  return {
    prisma,
    ask: ({ client, program }, url, task, more = {}) =>
      programs[program]({ client, task, url, late: LATE, ...more }),
    remove: () => superuser('drop schema side cascade'),
  };
}
