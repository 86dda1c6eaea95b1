import type { ContextInputs } from './inputs.ts';

/** What a change of the context means, as lines for people. No line holds a secret. */
export function contextChange(before: ContextInputs | undefined, after: ContextInputs): string[] {
  const how =
    before?.mode === after.mode
      ? []
      : [
          after.mode === 'signed'
            ? 'the tenant is whom a signed token names'
            : `the tenant is whom the setting ${after.setting} names`,
        ];
  const keys = news(Object.keys(before?.keys ?? {}), Object.keys(after.keys));
  const roles = news(before?.roles ?? [], after.roles);
  return [
    ...how,
    ...keys.added.map((id) => `tokens signed with ${id} are accepted`),
    ...keys.removed.map((id) => `tokens signed with ${id} are refused`),
    ...roles.added.map((role) => `${role} may have a tenant`),
    ...roles.removed.map((role) => `${role} may not have a tenant`),
  ];
}

function news(before: readonly string[], after: readonly string[]) {
  return {
    added: after.filter((item) => !before.includes(item)).sort(),
    removed: before.filter((item) => !after.includes(item)).sort(),
  };
}
