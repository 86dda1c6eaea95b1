// Which of the machine's containers belong to the stack, and which part each is, without asking Docker: on a
// network of its own Docker answers to the first twelve digits of a container's id, and gives its name for
// its address.

import { resolve4, resolvePtr } from 'node:dns/promises';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Docker keeps the groups of containers, below the root, with its drivers `cgroupfs` and `systemd`. */
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

/** Whole ids of the containers that run on the machine, in order. */
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
 * What a container is does not change, so it is asked for once; one that has only just begun may have no name yet. One that is
 * not ours is soon left alone, because the question goes outside. A container without a network is not found.
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

/** Only Docker is asked: of the own address /etc/hosts knows another name. */
function nameOf(address: string): Promise<string[]> {
  return resolvePtr(`${address.split('.').reverse().join('.')}.in-addr.arpa`);
}
