import type { GrantState } from '../../../rls/catalog/table-state.ts';
import { role } from '../../../lib/sql.ts';

/**
 * Statements after which exactly the wanted privileges are granted on an object. What hangs on an undeclared grant option
 * goes with it.
 *
 * @param object as it stands in GRANT: `TABLE public.orders`
 */
export function grantStatements(
  object: string,
  live: GrantState,
  wanted: Readonly<Record<string, readonly string[]>>,
): string[] {
  const wrong = Object.entries(live)
    .filter(([name, privileges]) =>
      privileges.some((privilege) => wanted[name]?.includes(privilege) !== true),
    )
    .map(([name]) => name)
    .sort();
  // A cascade may take something from anybody, but only from where it could be handed on.
  const cascades = wrong.some((name) =>
    live[name]?.some((privilege) => privilege.endsWith(' WITH GRANT OPTION')),
  );
  const revokes = wrong.map((name) => `REVOKE ALL ON ${object} FROM ${role(name)} CASCADE`);
  const grants = Object.entries(wanted).flatMap(([name, privileges]) => {
    const again = cascades || wrong.includes(name);
    const missing = privileges.filter(
      (privilege) => again || live[name]?.includes(privilege) !== true,
    );
    return missing.length === 0
      ? []
      : [`GRANT ${missing.join(', ')} ON ${object} TO ${role(name)}`];
  });
  return [...revokes, ...grants];
}
