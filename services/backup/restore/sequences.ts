import { literal, qualified } from '../../../access/sql.ts';
import type { SequenceValue } from '../manifest.ts';
import { unseal, type Key } from './unseal.ts';

/** Where the sequences of a database were. */
export async function sequenceValues(file: string, key: Key): Promise<readonly SequenceValue[]> {
  return JSON.parse(await unseal(file, key)) as readonly SequenceValue[];
}

/**
 * The statement that has a sequence go on counting where it was.
 *
 * @throws for a value that is no whole number
 */
export function setval({ schema, name, lastValue, isCalled }: SequenceValue): string {
  if (!/^-?\d+$/.test(lastValue)) {
    throw new Error(
      `sequence ${schema}.${name} is at ${JSON.stringify(lastValue)}, which is no number: take another backup`,
    );
  }
  return `SELECT pg_catalog.setval(${literal(qualified(schema, name))}, ${lastValue}, ${String(isCalled)});`;
}
