import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const CHECKOUT = path.resolve(import.meta.dirname, '../../..');
const EXAMPLES = path.join(CHECKOUT, 'examples/clients');
const GUIDE = path.join(CHECKOUT, 'docs/guides/connecting.md');
const guide = readFileSync(GUIDE, 'utf8');
const example = (file: string) => readFileSync(path.join(EXAMPLES, file), 'utf8');

/** The guide's sections of third level, by title. */
const sections = Object.fromEntries(
  guide.split(/^#{2,3} /m).map((section) => [section.split('\n', 1)[0]!, section]),
);

function blocks(section: string): string[] {
  return [...section.matchAll(/^```(?:ts|python)\n(.*?)^```$/gms)].map(([, code]) => code!);
}

describe('the guide to connecting', () => {
  it.each([
    ['node-postgres', 'pg.ts'],
    ['Knex', 'knex.ts'],
    ['Prisma', 'prisma.ts'],
    ['SQLAlchemy', 'tenant.py'],
  ])('shows for %s the text of %s, which is what the stack tests run', (title, file) => {
    const shown = blocks(sections[title]!);
    expect(shown).toHaveLength(1);
    expect(example(file)).toContain(shown[0]);
    expect(sections[title]).toContain(`(../../examples/clients/${file})`);
  });

  it.each([GUIDE, path.join(EXAMPLES, 'README.md')])(
    'links only to files that exist: %s',
    (page) => {
      const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)/g)].map(([, to]) => to!);
      expect(links.length).toBeGreaterThan(4);
      for (const link of links)
        expect({ link, exists: existsSync(path.resolve(path.dirname(page), link)) }).toEqual({
          link,
          exists: true,
        });
    },
  );
});

describe('the examples in TypeScript', () => {
  const files = readdirSync(EXAMPLES).filter((file) => file.endsWith('.ts'));

  // Each is whole by itself, to be copied alone; what they share must not drift apart.
  it('mean the same by a tenant', () => {
    expect(files).toEqual(['knex.ts', 'pg.ts', 'prisma.ts']);
    const types = files.map((file) => /^\/\*\* Who .*?;$/ms.exec(example(file))?.[0]);
    expect(types[0]).toContain('export type Tenant =');
    expect(new Set(types).size).toBe(1);
  });

  it('import nothing that the application does not have', () => {
    const imports = files.flatMap((file) =>
      [...example(file).matchAll(/^import .* from '(.*)';$/gm)].map(([, from]) => from),
    );
    expect(imports.sort()).toEqual(['knex', 'pg']);
  });
});
