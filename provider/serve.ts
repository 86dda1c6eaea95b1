import type { Provider } from '@pulumi/pulumi/provider/index.js';
import type { Created, Difference, Handler } from './handler.ts';
import { conceal, reveal } from './wire.ts';

type Properties = Record<string, unknown>;

// Each handler types its own properties; the engine hands over untyped ones, so this is where
// the two meet.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyHandler = Handler<any, any>;

/**
 * A Pulumi provider out of handlers by resource type. Secrets are revealed on the way in and
 * concealed on the way out here, and only here.
 */
export function serve(handlers: Readonly<Record<string, AnyHandler>>): Provider {
  const handlerOf = (urn: string): AnyHandler => {
    const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
    const handler = handlers[type];
    if (handler === undefined) {
      throw new Error(
        `${type} is no resource of this provider, which has ${Object.keys(handlers).join(', ')}`,
      );
    }
    return handler;
  };
  return {
    version: '0.1.0',
    check: async (urn, _olds, news: Properties) => ({
      inputs: news,
      failures: [...(handlerOf(urn).check?.(reveal(news)) ?? [])],
    }),
    diff: async (_id, urn, olds: Properties, news: Properties) => {
      const difference: Difference = handlerOf(urn).diff(reveal(olds), reveal(news));
      const replace = difference.replace ?? [];
      return {
        changes: difference.changed.length > 0 || replace.length > 0,
        replaces: [...replace],
        deleteBeforeReplace: true,
      };
    },
    create: async (urn, inputs: Properties) => {
      const created = (await handlerOf(urn).create(reveal(inputs))) as Created<Properties>;
      return { id: created.id, outs: conceal(created.state, inputs) };
    },
    read: async (id, urn, props: Properties = {}) => {
      const handler = handlerOf(urn);
      if (handler.read === undefined) return { id, props };
      const state: unknown = await handler.read(id, reveal(props));
      return state === undefined ? {} : { id, props: conceal(state as Properties, props) };
    },
    update: async (id, urn, olds: Properties, news: Properties) => {
      const handler = handlerOf(urn);
      const state: unknown = await handler.update?.(id, reveal(olds), reveal(news));
      return { outs: conceal((state ?? reveal(news)) as Properties, news) };
    },
    delete: async (id, urn, props: Properties) => {
      await handlerOf(urn).delete?.(id, reveal(props));
    },
  };
}
