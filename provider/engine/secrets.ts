/**
 * The engine sends a secret as an object with this signature around the value. Handlers work with
 * plain values; what goes back is marked again, or the state would hold it in clear text.
 */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

/** What the engine sends in a preview for a value that is not known yet. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

type Wire = Record<string, unknown>;

function isRecord(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSecret(value: unknown): value is { value: unknown } {
  return isRecord(value) && value[SIGNATURE] === SECRET;
}

/** `value` without secret marks, at any depth. */
export function unwrapSecrets(value: unknown): unknown {
  if (isSecret(value)) return unwrapSecrets(value.value);
  if (Array.isArray(value)) return value.map(unwrapSecrets);
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, unwrapSecrets(item)]),
    );
  }
  return value;
}

/** `plain` with every top-level property marked secret that is, or contains, a secret in `marked`. */
export function wrapSecrets(plain: Wire, marked: Wire): Wire {
  return Object.fromEntries(
    Object.entries(plain).map(([key, value]) =>
      containsSecret(marked[key]) ? [key, { [SIGNATURE]: SECRET, value }] : [key, value],
    ),
  );
}

function containsSecret(value: unknown): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(containsSecret);
  return isRecord(value) && Object.values(value).some(containsSecret);
}
