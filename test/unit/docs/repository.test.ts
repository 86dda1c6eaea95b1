import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { commands } from '../../../cli/commands.ts';
import { toolchain } from '../../../config/versions.ts';

const CHECKOUT = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(CHECKOUT, file), 'utf8');
const { scripts, license, dependencies } = JSON.parse(read('package.json')) as {
  dependencies: Record<string, string>;
  scripts: Record<string, string>;
  license: string;
};

type Permissions = Readonly<Record<string, string>>;
interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Permissions;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Permissions;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = path.join(CHECKOUT, '.github/workflows');
const names = readdirSync(folder);

describe.each(names)('the workflow %s', (name) => {
  const text = read(`.github/workflows/${name}`);
  const workflow = parse(text) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);
  const runs = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

  it('may read, and only the job that makes a release may write', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const more = jobs.flatMap(({ permissions }) =>
      permissions === undefined ? [] : [permissions],
    );
    expect(more).toEqual(name === 'release.yml' ? [{ contents: 'write' }] : []);
  });

  it('uses actions by the full digest of a commit, with the version beside it', () => {
    const used = steps.filter(({ uses }) => uses !== undefined);
    expect(used.length).toBeGreaterThan(0);
    for (const { uses } of used) {
      expect(uses).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/);
      expect(text).toMatch(new RegExp(`uses: ${uses!} # v\\d+\\.\\d+\\.\\d+$`, 'm'));
    }
  });

  it('leaves no token in the checkout, and shows no secret to code of a fork', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    expect(text).not.toMatch(/secrets\./);
  });

  it('ends in time, and one run replaces or follows another', () => {
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
    expect(workflow.concurrency.group).toContain('github.workflow');
  });

  it('runs only commands that exist', () => {
    const words = (pattern: RegExp) =>
      runs.flatMap((run) => [...run.matchAll(pattern)].map(([, word]) => word!));
    for (const script of words(/\bnpm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script]);
    for (const word of words(/\bnpm (?!run\b)(\S+)/g)) expect(['ci', 'test']).toContain(word);
    for (const word of words(/\bnpx plinth (\w+)/g)) expect(commands).toHaveProperty([word]);
    for (const file of words(/\bnode (\S+)/g)) {
      expect({ file, exists: existsSync(path.join(CHECKOUT, file)) }).toEqual({
        file,
        exists: true,
      });
    }
  });

  it('puts nothing that a stranger writes into a shell', () => {
    for (const run of runs) expect(run).not.toContain('${{');
  });
});

describe('the repository', () => {
  it('has the workflows that README names', () => {
    expect(names.sort()).toEqual(['check.yml', 'nightly.yml', 'release.yml', 'stack.yml']);
  });

  it('has the license that package.json names', () => {
    expect(license).toBe('Apache-2.0');
    const text = read('LICENSE');
    expect(text).toContain('Version 2.0, January 2004');
    expect(text).toContain('END OF TERMS AND CONDITIONS');
    expect(text).toContain('Copyright The Plinth authors');
    expect(text).not.toContain('[name of copyright owner]');
  });

  it.each(['bug_report.yml', 'feature_request.yml'])('asks in %s by fields', (name) => {
    const form = parse(read(`.github/ISSUE_TEMPLATE/${name}`)) as {
      name: string;
      description: string;
      body: { type: string; id?: string; attributes: object }[];
    };
    expect(form.name).toMatch(/^\S/);
    expect(form.description).toMatch(/^\S/);
    const ids = form.body.flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(new Set(ids).size).toBe(ids.length);
    expect(form.body.filter(({ type }) => type !== 'markdown')).toHaveLength(ids.length);
  });

  it('names owners only of folders that exist', () => {
    const owned = read('.github/CODEOWNERS')
      .split('\n')
      .filter((line) => line.startsWith('/'))
      .map((line) => line.split(/\s+/)[0]!);
    expect(owned.length).toBeGreaterThan(3);
    expect(owned.filter((name) => !existsSync(path.join(CHECKOUT, name)))).toEqual([]);
  });

  it('groups what belongs together for Renovate', () => {
    const { packageRules } = JSON.parse(read('renovate.json')) as {
      packageRules: { groupName: string; matchPackageNames?: string[] }[];
    };
    const pulumi = packageRules.find(({ groupName }) => groupName === 'Pulumi');
    expect(pulumi?.matchPackageNames).toEqual(['pulumi', '@pulumi/**', 'github.com/pulumi/**']);
  });

  it('has one version of everything that belongs to Pulumi', () => {
    const npm = (name: string) => dependencies[name];
    expect([npm('pulumi'), npm('@pulumi/pulumi')]).toEqual([toolchain.pulumi, toolchain.pulumi]);
    for (const [name, version] of Object.entries(toolchain.plugins)) {
      expect([name, npm(`@pulumi/${name}`)]).toEqual([name, version]);
    }
    for (const folder of ['engine', 'providers']) {
      const versions = read(`bootstrap/go/${folder}/go.mod`).matchAll(
        /github\.com\/pulumi\/pulumi\/(?:pkg|sdk)\/v3 v(\S+)/g,
      );
      expect(new Set([...versions].map(([, version]) => version))).toEqual(
        new Set([toolchain.pulumi]),
      );
    }
  });

  it('tells editors the layout that prettier makes', () => {
    const all = /^\[\*\]\n((?:.+\n)+)/m.exec(read('.editorconfig'))?.[1] ?? '';
    const editor = Object.fromEntries(
      all
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' = ')),
    ) as Record<string, string>;
    const prettier = JSON.parse(read('.prettierrc.json')) as {
      printWidth: number;
      tabWidth?: number;
      useTabs?: boolean;
      endOfLine?: string;
    };
    expect(editor).toMatchObject({
      indent_style: prettier.useTabs === true ? 'tab' : 'space',
      indent_size: String(prettier.tabWidth ?? 2),
      end_of_line: prettier.endOfLine ?? 'lf',
      max_line_length: String(prettier.printWidth),
      insert_final_newline: 'true',
    });
  });
});
