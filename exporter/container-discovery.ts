// Finds the containers of the stack and their parts without the Docker API: on a user-defined network, Docker's DNS resolves the
// first twelve digits of a container id to its address, and the address to the container name.

import { resolve4, resolvePtr } from 'node:dns/promises';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of the container cgroups below the root, for the cgroup drivers `cgroupfs` and `systemd`. */
const PLACES = ['docker', 'system.slice', 'memory/docker', 'memory/system.slice'];
const SHORT = 12;
const MOST_TRIES = 3;

export interface Names {
  resolve4(name: string): Promise<readonly string[]>;
  reverse(address: string): Promise<readonly string[]>;
}

/** A container of the stack. */
export interface DiscoveredContainer {
  readonly part: string;
  readonly id: string;
}

/** Full ids of the containers that run on the host, sorted. */
export async function runningIds(root: string): Promise<string[]> {
  const names = await Promise.all(
    PLACES.map((place) => readdir(join(root, place)).catch(() => [] as string[])),
  );
  const ids = names
    .flat()
    .flatMap((name) => /^(?:docker-)?([0-9a-f]{64})(?:\.scope)?$/.exec(name)?.[1] ?? []);
  return [...new Set(ids)].sort();
}

/**
 * The part of a container does not change, so it is looked up once; a container that has just started may have no name yet.
 * Lookups of containers of other stacks stop after a few tries, because they reach external DNS servers. A container without a
 * network is not found.
 */
export function discoverContainers(
  stack: string,
  root: string,
  names: Names = { resolve4, reverse: nameOf },
): () => Promise<DiscoveredContainer[]> {
  const known = new Map<string, string>();
  const tries = new Map<string, number>();
  const prefix = `plinth-${stack}-`;
  const partOf = async (id: string): Promise<string | undefined> => {
    try {
      const [address = ''] = await names.resolve4(id.slice(0, SHORT));
      const [name = ''] = await names.reverse(address);
      const container = name.split('.')[0] ?? '';
      return container.startsWith(prefix) ? container.slice(prefix.length) : undefined;
    } catch {
      return undefined;
    }
  };
  return async () => {
    const ids = await runningIds(root);
    for (const id of tries.keys()) {
      if (ids.includes(id)) continue;
      tries.delete(id);
      known.delete(id);
    }
    const asked = ids.filter((id) => !known.has(id) && (tries.get(id) ?? 0) < MOST_TRIES);
    await Promise.all(
      asked.map(async (id) => {
        tries.set(id, (tries.get(id) ?? 0) + 1);
        const part = await partOf(id);
        if (part !== undefined) known.set(id, part);
      }),
    );
    return ids.flatMap((id) => {
      const part = known.get(id);
      return part === undefined ? [] : [{ part, id }];
    });
  };
}

/** Queries only DNS: /etc/hosts has another name for the own address. */
function nameOf(address: string): Promise<string[]> {
  return resolvePtr(`${address.split('.').reverse().join('.')}.in-addr.arpa`);
}
