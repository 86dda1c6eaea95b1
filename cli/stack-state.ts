// A stack's state as Pulumi exports it, with secrets in clear text.

import { UserError } from '../lib/errors.ts';
import { lastLines } from '../lib/process.ts';
import { resourcesOf } from './stack-export.ts';
import { pulumi } from './pulumi.ts';

type Properties = Readonly<Record<string, unknown>>;

export interface StateResource {
  readonly type: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

const SIGNATURE = '4dabf18193072939515e22adb298388d';

/** A value of the state without the wrapping of secrets, at any depth. */
export function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Properties;
  if (SIGNATURE in record) {
    const clear = record['plaintext'];
    return typeof clear === 'string' ? unwrapped(JSON.parse(clear)) : undefined;
  }
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, unwrapped(item)]));
}

/** Resources out of an export, in the order in which they were made. */
export function resourcesFrom(exported: unknown): StateResource[] {
  return resourcesOf(exported).map(({ type, inputs, outputs }) => ({
    type,
    inputs: unwrapped(inputs ?? {}) as Properties,
    outputs: unwrapped(outputs ?? {}) as Properties,
  }));
}

/** Everything the stack's state holds. */
export async function stateOf(stack: string): Promise<StateResource[]> {
  const { code, stdout, stderr } = await pulumi([
    'stack',
    'export',
    '--show-secrets',
    '--stack',
    stack,
  ]);
  if (code === 0) return resourcesFrom(JSON.parse(stdout));
  throw new UserError(
    `the state of ${stack} cannot be read (${lastLines(stderr, 2)})`,
    `run 'npx plinth up --stack ${stack}'`,
  );
}
