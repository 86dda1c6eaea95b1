// What a killed `pulumi up` leaves in the state, and what follows from it. Pure.

import {
  resourcesOf,
  resourceTypes,
  type Exported,
  type PendingOperation,
} from '../stack-export.ts';

/** A Docker object that carries the stack's label. */
export interface DockerObject {
  readonly kind: 'container' | 'network';
  readonly id: string;
  readonly name: string;
}

/** What to undo so that the next `up` can create it anew. */
export interface Plan {
  readonly pending: readonly PendingOperation[];
  readonly objects: readonly DockerObject[];
  readonly roles: readonly string[];
  readonly databases: readonly string[];
}

function pendingNames(pending: readonly PendingOperation[], type: string): string[] {
  return pending.flatMap(({ type: operation, resource }) => {
    const name = resource.inputs?.['name'];
    return operation === 'creating' && resource.type === type && typeof name === 'string'
      ? [name]
      : [];
  });
}

/**
 * What a killed run left behind. Objects in Docker count when the state does not know them; roles and
 * databases when their creation was pending and the state has no other resource of that name. Volumes
 * never count: they may hold data.
 */
export function plan(exported: Exported, objects: readonly DockerObject[]): Plan {
  const pending = exported.deployment.pending_operations ?? [];
  if (pending.length === 0) return { pending: [], objects: [], roles: [], databases: [] };
  const resources = resourcesOf(exported);
  const knownIds = new Set(resources.map(({ id }) => id));
  const knownNames = (type: string): Set<unknown> =>
    new Set(resources.filter((r) => r.type === type).map((r) => r.inputs?.['name']));
  const unknown = (type: string): string[] => {
    const known = knownNames(type);
    return pendingNames(pending, type).filter((name) => !known.has(name));
  };
  return {
    pending,
    objects: objects.filter(({ id }) => !knownIds.has(id)),
    roles: unknown(resourceTypes.role),
    databases: unknown(resourceTypes.database),
  };
}

/** The same state without its pending operations. */
export function withoutPending(exported: Exported): Exported {
  const deployment = { ...exported.deployment };
  delete deployment.pending_operations;
  return { ...exported, deployment };
}

/** A pending operation for a person: `creating container plinth-dev-redis`. */
export function describe({ type, resource }: PendingOperation): string {
  const kind = resource.type.split(':').at(-1) ?? resource.type;
  const name = resource.inputs?.['name'];
  const shown = typeof name === 'string' ? name : (resource.urn.split('::').at(-1) ?? resource.urn);
  return `${type} ${kind} ${shown}`;
}
