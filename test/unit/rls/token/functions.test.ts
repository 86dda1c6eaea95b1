import { describe, expect, it } from '@jest/globals';
import type { TenantType } from '../../../../rls/model/tenancy.ts';
import { signedFunctions } from '../../../../rls/token/functions.ts';

/** Words of SQL and plpgsql that stand before a parenthesis and are no functions. */
const GRAMMAR = new Set(['and', 'if', 'when', 'operator', 'enter', 'id', 'become', 'not', 'as']);

const bodies = (type: TenantType): string[] =>
  signedFunctions(type).map((text) => {
    const body = /\$\w+\$([\s\S]*)\$\w+\$/.exec(text)?.[1] ?? '';
    return body.replaceAll(/E?'(?:[^']|'')*'/g, "''");
  });

describe.each(['uuid', 'bigint', 'integer', 'text'] as const)('the functions of a %s', (type) => {
  it('name the schema of every function, type and operator', () => {
    for (const body of bodies(type)) {
      const calls = [...body.matchAll(/([\w."]+)\s*\(/g)].map(([, name]) => name ?? '');
      const bare = calls.filter(
        (name) => !name.startsWith('pg_catalog.') && !GRAMMAR.has(name.toLowerCase()),
      );
      expect(bare).toEqual([]);
      const rest = body
        .replaceAll('OPERATOR(pg_catalog.=)', '')
        .replaceAll(/ERRCODE = |MESSAGE = |, -64/g, '');
      expect(rest).not.toMatch(/[-=<>|+*/~!@#%^&]/);
      expect(
        [...body.matchAll(/::([\w.]+)/g)].every(([, name]) => name?.startsWith('pg_catalog.')),
      ).toBe(true);
    }
  });

  it('hold no secret and set nothing else', () => {
    for (const body of bodies(type)) expect(body).not.toMatch(/\bSET\b/);
  });
});
