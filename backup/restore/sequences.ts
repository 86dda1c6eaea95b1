import { literal, qualified } from '../../lib/sql.ts';
import type { SequenceValue } from '../store/manifest.ts';
import { decrypt, type Key } from './decrypt.ts';

/** The values of the sequences of a database. */
export async function sequenceValues(file: string, key: Key): Promise<readonly SequenceValue[]> {
  return JSON.parse(await decrypt(file, key)) as readonly SequenceValue[];
}

/**
 * The statement that sets a sequence to its saved value.
 *
 * @throws if the value is not a whole number
 */
export function setval({ schema, name, lastValue, isCalled }: SequenceValue): string {
  if (!/^-?\d+$/.test(lastValue)) {
    throw new Error(
      `sequence ${schema}.${name} is at ${JSON.stringify(lastValue)}, which is not a number: use another backup`,
    );
  }
  return `SELECT pg_catalog.setval(${literal(qualified(schema, name))}, ${lastValue}, ${String(isCalled)});`;
}
