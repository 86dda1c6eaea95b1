/** What Pulumi hands to a program, made from what stands in a stack file. */
import { parse } from 'yaml';

/** Settings as data → Pulumi's record of texts: groups as JSON, everything else as it stands. */
export function rawFrom(settings: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      `plinth:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

/** The same from YAML, as it stands under `plinth:`. */
export function rawFromYaml(yaml: string): Record<string, string> {
  return rawFrom((parse(yaml) ?? {}) as Record<string, unknown>);
}
