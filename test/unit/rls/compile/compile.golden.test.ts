/** What the example's declaration comes to, as people review it. */
import { expect, it } from '@jest/globals';
import { tenancy as classrooms } from '../../../../examples/classrooms/tenancy.ts';
import { compileTenancy } from '../../../../rls/compile/compile.ts';
import { around } from '../../../support/rls/generated-schema.ts';
import { exampleCatalog } from '../../../support/rls/plan.ts';
import { compareGolden } from '../../../support/golden.ts';

it('is this plan', () => {
  const plan = compileTenancy(classrooms, exampleCatalog(), around());
  const rendered = Object.fromEntries([
    ['schema.json', plan.schema],
    ...plan.tables.map((table) => [`${table.table}.json`, table] as const),
  ]);
  const texts = Object.entries(rendered).map(([file, part]) => [
    file,
    `${JSON.stringify(part, undefined, 2)}\n`,
  ]);
  expect(compareGolden('test/golden/access', Object.fromEntries(texts))).toEqual([]);
});
