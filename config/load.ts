/** The only place that reads Pulumi's config and asks for the stack's name. */
import * as pulumi from '@pulumi/pulumi';
import type { EnvironmentConfig } from './environment.ts';
import { parseEnvironment } from './parse.ts';
import { ConfigError } from './problems.ts';

export type { EnvironmentConfig } from './environment.ts';
export { parseEnvironment } from './parse.ts';

/**
 * The environment of the stack that Pulumi is working on.
 *
 * @throws {pulumi.RunError} with every mistake in one message, before any resource is declared
 */
export function loadConfig(): EnvironmentConfig {
  const config = told(() =>
    parseEnvironment(pulumi.runtime.allConfig(), {
      stack: pulumi.getStack(),
      project: pulumi.getProject(),
      secretKeys: secretKeys(),
    }),
  );
  if (config.docker.previewOnly && !pulumi.runtime.isDryRun()) {
    throw new pulumi.RunError(
      `docker.previewOnly is true but this is an up of ${config.stack}: preview it, or set docker.previewOnly to false`,
    );
  }
  return config;
}

/** A RunError is printed without a stack trace: the sentence is what the reader needs. */
function told<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
  }
}

/** Pulumi hands the names of encrypted keys to the program beside the values. */
function secretKeys(): readonly string[] {
  const keys: unknown = JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]');
  return Array.isArray(keys) ? keys.map((key) => String(key).replace(':config:', ':')) : [];
}
