import type { Created, Difference, Failure, Handler, Kind } from './handler.ts';
import { wrapSecrets, unwrapSecrets } from './secrets.ts';

export type Properties = Record<string, unknown>;

/** What the engine may ask of a provider, without the wire that it asks over. */
export interface Service {
  check(
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: readonly Failure[] }>;
  diff(id: string, urn: string, olds: Properties, news: Properties): Promise<DiffAnswer>;
  create(urn: string, inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(
    id: string,
    urn: string,
    props?: Properties,
    inputs?: Properties,
  ): Promise<{ id?: string; props?: Properties }>;
  update(
    id: string,
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ outs: Properties }>;
  delete(id: string, urn: string, props: Properties, inputs?: Properties): Promise<void>;
  /** The update is canceled: what waits stops waiting. */
  cancel(): void;
}

export interface DiffAnswer {
  readonly changes: boolean;
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly details?: Readonly<Record<string, Kind>>;
}

/** Logs a line beside the resource in the engine's output; `passing` for what the next line replaces. */
export type Logger = (urn: string, message: string, passing?: boolean) => void;

// Each handler types its own properties; the engine hands over untyped ones, so this is where
// the two meet.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyHandler = Handler<any, any>;

/**
 * A provider out of handlers by resource type. Secrets are revealed on the way in and concealed on
 * the way out here, and only here.
 */
export function serve(
  handlers: Readonly<Record<string, AnyHandler>>,
  say: Logger = () => undefined,
): Service {
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
  const canceled = new AbortController();
  const tell = (urn: string, lines: readonly string[] = []) => {
    if (lines.length > 0) say(urn, lines.join('\n'));
  };
  return {
    check: async (urn, olds, news) => {
      const handler = handlerOf(urn);
      const inputs = unwrapSecrets(news);
      const failures = [...(handler.check?.(inputs) ?? [])];
      // What does not exist yet is not asked for a difference, so this is where its preview can speak.
      if (failures.length === 0 && Object.keys(olds).length === 0)
        tell(urn, handler.describe?.(inputs));
      return { inputs: news, failures };
    },
    diff: async (_id, urn, olds, news) => {
      const difference: Difference = await handlerOf(urn).diff(
        unwrapSecrets(olds),
        unwrapSecrets(news),
      );
      const { changed, replace = [], details, words } = difference;
      tell(urn, words);
      return {
        changes: changed.length > 0 || replace.length > 0,
        replaces: [...replace],
        deleteBeforeReplace: true,
        ...(details === undefined ? {} : { details }),
      };
    },
    create: async (urn, inputs) => {
      const running = {
        say: (line: string) => say(urn, line, true),
        signal: canceled.signal,
      };
      const created = (await handlerOf(urn).create(
        unwrapSecrets(inputs),
        running,
      )) as Created<Properties>;
      return { id: created.id, outs: wrapSecrets(created.state, inputs) };
    },
    read: async (id, urn, props = {}, inputs = {}) => {
      const handler = handlerOf(urn);
      if (handler.read === undefined) return { id, props };
      const state: unknown = await handler.read(id, entering(props, inputs));
      const marked = { ...props, ...connectionOf(inputs) };
      return state === undefined ? {} : { id, props: wrapSecrets(state as Properties, marked) };
    },
    update: async (id, urn, olds, news) => {
      const handler = handlerOf(urn);
      const state: unknown = await handler.update?.(id, unwrapSecrets(olds), unwrapSecrets(news));
      return { outs: wrapSecrets((state ?? unwrapSecrets(news)) as Properties, news) };
    },
    delete: async (id, urn, props, inputs = {}) => {
      await handlerOf(urn).delete?.(id, entering(props, inputs));
    },
    cancel: () => canceled.abort(new Error('the update was canceled')),
  };
}

/**
 * A state as something to look at or to remove. The engine leaves a state as it is when an update changes nothing, so its
 * password may be one from long ago: the way in is that of the inputs.
 */
function entering(state: Properties, inputs: Properties): unknown {
  return unwrapSecrets({ ...state, ...connectionOf(inputs) });
}

function connectionOf({ connection }: Properties): Properties {
  return connection === undefined ? {} : { connection };
}
