// Which images of others the stacks of this checkout use, from their files alone: set-up runs before there is a Pulumi to ask.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseEnvironment } from '../config/parse.ts';
import { ConfigError } from '../config/errors.ts';
import { stacksOf } from './checkout.ts';
import type { RegistryImage } from './registry-images.ts';

/** Images that a stack's file switches on. A file with mistakes wants none: `up` tells them. */
export function imagesWantedBy(text: string, stack: string): ReadonlySet<RegistryImage> {
  try {
    const { monitoring } = parseEnvironment(settingsIn(text), { stack });
    const images = ['grafana', 'pgwatch'] as const;
    return new Set(monitoring.enabled ? images.filter((image) => monitoring[image].enabled) : []);
  } catch (error) {
    if (error instanceof ConfigError) return new Set();
    throw error;
  }
}

/** A stack's settings as Pulumi hands them to the program; what is encrypted stays out. */
function settingsIn(text: string): Record<string, string> {
  const file = parse(text) as { config?: Record<string, unknown> } | null;
  const entries = Object.entries(file?.config ?? {}).filter(([, value]) => !isEncrypted(value));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function isEncrypted(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'secure' in value;
}

/** Images that one stack of a checkout uses, or any of its stacks. */
export function imagesWanted(root: string, stack?: string): ReadonlySet<RegistryImage> {
  const stacks = stack === undefined ? stacksOf(readdirSync(root)) : [stack];
  const wanted = stacks.flatMap((name) => {
    const file = join(root, `Pulumi.${name}.yaml`);
    return existsSync(file) ? [...imagesWantedBy(readFileSync(file, 'utf8'), name)] : [];
  });
  return new Set(wanted);
}
