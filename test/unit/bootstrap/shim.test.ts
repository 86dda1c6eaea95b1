import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathFolders, pulumiVariables } from '../../../bootstrap/environment.ts';
import { pathsFor, type Paths } from '../../../lib/paths.ts';

const checkout = join(import.meta.dirname, '../../..');
let home: string;
let root: string;
let places: Paths;

/** A checkout with the shim, and a command line that prints its arguments and environment. */
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'plinth-shim-'));
  root = join(home, 'my checkout');
  places = pathsFor(root, { HOME: home });
  mkdirSync(join(root, 'sub'), { recursive: true });
  for (const file of ['bootstrap/shim/pulumi', 'config/versions.ts', 'Pulumi.yaml']) {
    cpSync(join(checkout, file), join(root, file));
  }
  mkdirSync(dirname(places.pulumiCli), { recursive: true });
  writeFileSync(places.pulumiCli, '#!/bin/sh\necho "args $*"\nenv\n', { mode: 0o755 });
  mkdirSync(places.state, { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true }));

function shim(
  args: string[],
  { cwd = root, env = {}, file = join(root, 'bootstrap/shim/pulumi') } = {},
) {
  const { stdout, stderr, status } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: { HOME: home, PATH: '/usr/bin:/bin', ...env },
  });
  const values = Object.fromEntries(
    stdout.split('\n').map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]),
  );
  return { stdout, stderr, status, values };
}

describe('plain pulumi', () => {
  it('says the same as plinth env, from any folder of the checkout', () => {
    for (const cwd of [root, join(root, 'sub')]) {
      const { values, stdout } = shim(['stack', 'ls'], { cwd });
      expect(stdout).toContain('args stack ls\n');
      expect(values).toMatchObject(pulumiVariables(places));
      expect(values['PATH']).toBe([...pathFolders(places), '/usr/bin:/bin'].join(':'));
    }
  });

  it('finds the checkout that -C or --cwd names, and an installed copy hands over to it', () => {
    const copy = join(home, 'pulumi');
    cpSync(join(root, 'bootstrap/shim/pulumi'), copy);
    for (const args of [
      ['-C', root, 'about'],
      ['about', '--cwd', root],
      ['about', `--cwd=${root}`],
    ]) {
      const { values } = shim(args, { cwd: home, file: copy });
      expect(values['PULUMI_BACKEND_URL']).toBe(`file://${places.state}`);
    }
  });

  it('lets the environment say otherwise', () => {
    const { values } = shim(['about'], {
      env: { PULUMI_BACKEND_URL: 'file:///elsewhere', NODE_COMPILE_CACHE: '/cc' },
    });
    expect(values).toMatchObject({
      PULUMI_BACKEND_URL: 'file:///elsewhere',
      NODE_COMPILE_CACHE: '/cc',
    });
    expect(values['PULUMI_CONFIG_PASSPHRASE_FILE']).toBeUndefined();
  });

  it('changes nothing outside a checkout', () => {
    const copy = join(home, 'pulumi');
    cpSync(join(root, 'bootstrap/shim/pulumi'), copy);
    const { values, stdout } = shim(['about'], { cwd: home, file: copy });
    expect(stdout).toContain('args about\n');
    expect(values['PULUMI_BACKEND_URL']).toBeUndefined();
  });

  it('puts the salt back into a stack file that came fresh from git', () => {
    writeFileSync(places.salt, 'v1:abc\n');
    writeFileSync(join(root, 'Pulumi.dev.yaml'), 'config: {}\n');
    shim(['about']);
    shim(['about']);
    expect(readFileSync(join(root, 'Pulumi.dev.yaml'), 'utf8')).toBe(
      'config: {}\nencryptionsalt: v1:abc\n',
    );
  });

  it('says what to do where Pulumi is missing', () => {
    rmSync(places.pulumiCli);
    const { status, stderr } = shim(['about']);
    expect(status).toBe(127);
    expect(stderr).toBe(
      `pulumi: ${places.pulumiCli} is missing: run 'npm ci && npx plinth setup' in ${root}\n`,
    );
  });
});

/** What the programs around the shim answer; each test says what is different. */
interface Around {
  /** Stacks by name, and whether they are selected. */
  readonly stacks?: Readonly<Record<string, boolean>>;
  /** Data volumes that Docker has. */
  readonly volumes?: readonly string[];
  /** Exit code of each command of the checkout's own. @default 0 */
  readonly codes?: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** The shim between faked programs: what it asked of the checkout and of Docker, and what it then ran. */
function between(args: string[], { stacks = {}, volumes = [], codes = {}, env = {} }: Around = {}) {
  const program = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${text}`, { mode: 0o755 });
  };
  const bin = join(home, 'bin');
  program(
    places.pulumiCli,
    'if [ "$*" = "stack ls --json" ]; then echo "$STACKS"; exit; fi\necho "args $*"\nenv\n',
  );
  program(
    join(bin, 'docker'),
    'echo "docker $*" >>"$ASKED"\nfor volume in $VOLUMES; do echo "$volume"; done\n',
  );
  writeFileSync(
    join(root, 'bootstrap/bootstrap.mjs'),
    `const [command, ...rest] = process.argv.slice(2);
     console.log(['did', command, ...rest].join(' '));
     process.exit(JSON.parse(process.env.CODES)[command] ?? 0);`,
  );
  const listed = Object.entries(stacks).map(([name, current]) => ({
    name,
    current,
    lastUpdate: '2026-01-02T03:04:05.000Z',
    updateInProgress: false,
    resourceCount: 0,
  }));
  const asked = join(home, 'asked');
  writeFileSync(asked, '');
  const { status, stdout, stderr, values } = shim(args, {
    env: {
      PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`,
      // As Pulumi prints it, over several lines.
      STACKS: JSON.stringify(listed, undefined, 2),
      VOLUMES: volumes.join(' '),
      CODES: JSON.stringify(codes),
      ASKED: asked,
      ...env,
    },
  });
  return {
    status,
    did: stderr.split('\n').filter((line) => line !== ''),
    docker: readFileSync(asked, 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
    ran: stdout.split('\n').filter((line) => line.startsWith('args ')),
    adopt: values['PLINTH_ADOPT'],
  };
}

const LOOKING = ['up', 'update', 'preview', 'pre', 'destroy', 'down', 'refresh'];
const VOLUMES = ['docker volume ls --quiet --filter label=plinth.holds=data'];

function writeState(stack: string, text: string): void {
  const states = join(places.state, '.pulumi/stacks/plinth');
  mkdirSync(states, { recursive: true });
  writeFileSync(join(states, `${stack}.json`), text);
}

describe('what a killed run left behind', () => {
  const lock = () => join(places.state, '.pulumi/locks/organization/plinth/dev/x.json');
  const leaveLock = () => {
    mkdirSync(dirname(lock()), { recursive: true });
    writeFileSync(lock(), '{}');
  };

  it('is not looked for in a new checkout, nor where nothing was left', () => {
    expect(between(['up', '--yes']).did).toEqual([]);
    writeState('dev', '{"pending_operations":[]}');
    expect(between(['up', '--yes'])).toMatchObject({ did: [], ran: ['args up --yes'] });
  });

  it.each([
    ['a lock', leaveLock],
    [
      'a pending operation',
      () => writeState('dev', '{"pending_operations":[{"type":"creating"}]}'),
    ],
    [
      'a pending operation over several lines',
      () => writeState('dev', '{\n  "pending_operations": [{\n    "type": "creating"\n  }]\n}'),
    ],
    [
      'an empty attributes file',
      () => {
        writeState('dev', '{}');
        writeFileSync(join(places.state, '.pulumi/stacks/plinth/dev.json.attrs'), '');
      },
    ],
  ])('is cleared up first: %s', (_what, leave) => {
    leave();
    expect(between(['up'])).toMatchObject({ did: ['did recover'], ran: ['args up'], status: 0 });
  });

  it('is cleared up before each command that looks at what is there, and no other', () => {
    leaveLock();
    for (const command of LOOKING) expect(between([command]).did).toEqual(['did recover']);
    for (const args of [['stack', 'ls'], ['config'], ['cancel'], ['about'], []]) {
      expect(between(args).did).toEqual([]);
    }
  });

  it.each([
    ['-s', ['up', '-s', 'staging', '--yes']],
    ['-s before the command', ['-s', 'staging', 'up']],
    ['--stack', ['up', '--stack', 'staging']],
    ['--stack=', ['up', '--stack=staging', '--yes']],
    ['-s=', ['up', '-s=staging']],
    ['-s with its value', ['up', '-sstaging']],
    ['a full name', ['up', '--stack', 'organization/plinth/staging']],
    ['the last of several', ['up', '-s', 'prod', '--stack', 'staging']],
  ])('is that of the stack the command names, whichever is selected: %s', (_how, args) => {
    leaveLock();
    expect(between(args, { stacks: { dev: true, staging: false } })).toMatchObject({
      did: ['did recover --stack staging'],
      ran: [`args ${args.join(' ')}`],
    });
  });

  it.each([
    ['the first', { dev: true, prod: false, staging: false }, ['did recover --stack dev']],
    ['one in the middle', { dev: false, prod: true, staging: false }, ['did recover --stack prod']],
    ['the last', { dev: false, prod: false, 'a-b_c': true }, ['did recover --stack a-b_c']],
    ['none', { dev: false, prod: false }, ['did recover']],
    ['none there', {}, ['did recover']],
  ])('is else that of the selected stack: %s', (_which, stacks, did) => {
    leaveLock();
    expect(between(['up', '--yes'], { stacks }).did).toEqual(did);
  });

  it('stops the command where it cannot be cleared up, with the same exit code', () => {
    leaveLock();
    expect(between(['preview'], { stacks: { dev: true }, codes: { recover: 3 } })).toEqual({
      status: 3,
      did: ['did recover --stack dev'],
      docker: [],
      ran: [],
      adopt: undefined,
    });
  });

  it('is left alone by recovery itself, and where the state is not in a folder', () => {
    leaveLock();
    for (const env of [{ PLINTH_RECOVERING: '1' }, { PULUMI_BACKEND_URL: 's3://bucket' }]) {
      expect(between(['up'], { env })).toMatchObject({ did: [], docker: [], ran: ['args up'] });
    }
  });
});

describe('data that outlived its stack', () => {
  const kept = { stacks: { dev: true, prod: false }, volumes: ['plinth-dev-postgres-data'] };
  const withRole = '{"resources":[{"type": "postgresql:index/role:Role"}]}';
  const untouched = { did: [], adopt: undefined, ran: ['args up'], status: 0 };

  it('is taken over where the checkout says so, before each command that looks at what is there', () => {
    for (const command of LOOKING) {
      expect(between([command], kept)).toEqual({
        status: 0,
        did: ['did adopts --stack dev'],
        docker: VOLUMES,
        ran: [`args ${command}`],
        adopt: 'true',
      });
    }
    expect(between(['stack', 'ls'], kept)).toMatchObject({ did: [], docker: [], adopt: undefined });
  });

  it('is left where the checkout says no, and the command runs all the same', () => {
    expect(between(['up'], { ...kept, codes: { adopts: 1 } })).toEqual({
      status: 0,
      did: ['did adopts --stack dev'],
      docker: VOLUMES,
      ran: ['args up'],
      adopt: undefined,
    });
  });

  it('is that of a stack without a role in its state, be there a state or not', () => {
    writeState('dev', '{"resources":[{"type": "docker:index/volume:Volume"}]}');
    expect(between(['up'], kept).adopt).toBe('true');
    writeState('dev', withRole);
    expect(between(['up'], kept)).toMatchObject(untouched);
    // The role of another stack is nothing to this one.
    const both = { ...kept, volumes: ['plinth-dev-postgres-data', 'plinth-prod-postgres-data'] };
    expect(between(['up'], both)).toMatchObject(untouched);
    expect(between(['up', '-s', 'prod'], both)).toMatchObject({
      did: ['did adopts --stack prod'],
      adopt: 'true',
    });
  });

  it("is the server's, of the stack the command is for", () => {
    for (const volumes of [
      [],
      ['plinth-prod-postgres-data'],
      ['plinth-dev-redis-queue-data'],
      ['plinth-dev2-postgres-data', 'plinth-my-dev-postgres-data'],
      ['elsewhere-dev-postgres-data', 'plinth-dev-postgres-data-old'],
    ]) {
      expect(between(['up'], { ...kept, volumes })).toMatchObject(untouched);
    }
    const volumes = ['plinth-dev-redis-queue-data', 'plinth-my-dev-postgres-data'];
    for (const stack of ['my-dev', 'organization/plinth/my-dev']) {
      expect(between(['up', '--stack', stack], { ...kept, volumes })).toMatchObject({
        did: ['did adopts --stack my-dev'],
        adopt: 'true',
      });
    }
  });

  it("is nobody's where no stack is named or selected", () => {
    expect(between(['up'], { ...kept, stacks: { dev: false } })).toMatchObject(untouched);
  });

  it('is not asked for when somebody has said already, by recovery, or with a state elsewhere', () => {
    expect(between(['up'], { ...kept, env: { PLINTH_ADOPT: 'false' } })).toMatchObject({
      did: [],
      docker: [],
      adopt: 'false',
    });
    for (const env of [{ PLINTH_RECOVERING: '1' }, { PULUMI_BACKEND_URL: 's3://bucket' }]) {
      expect(between(['up'], { ...kept, env })).toMatchObject({ ...untouched, docker: [] });
    }
  });

  it('is asked for after what a killed run left has been cleared up', () => {
    const lock = join(places.state, '.pulumi/locks/organization/plinth/dev/x.json');
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, '{}');
    expect(between(['up'], kept)).toMatchObject({
      did: ['did recover --stack dev', 'did adopts --stack dev'],
      adopt: 'true',
    });
  });
});
