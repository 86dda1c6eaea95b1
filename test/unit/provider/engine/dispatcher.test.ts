import { describe, expect, it, jest } from '@jest/globals';
import { changedProperties, type Handler } from '../../../../provider/engine/handler.ts';
import { serve } from '../../../../provider/engine/dispatcher.ts';

interface Thing {
  readonly name: string;
  readonly password: string;
}

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const secret = (value: unknown) => ({ [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270', value });
const URN = 'urn:pulumi:dev::plinth::plinth:index:Environment$plinth:index:Thing::it';
const SENT = { name: 'n', password: secret('canary') };
const PLAIN: Thing = { name: 'n', password: 'canary' };

/** A provider with one kind of resource, made of what the test is about. */
function provider(handler: Partial<Handler<Thing>>) {
  return serve({
    'plinth:index:Thing': {
      diff: () => ({ changed: [] }),
      create: async (inputs: Thing) => ({ id: inputs.name, state: inputs }),
      ...handler,
    },
    'plinth:index:Other': {
      diff: () => ({ changed: [] }),
      create: () => Promise.reject(new Error('no')),
    },
  });
}

describe('a handler', () => {
  it('is found by the last type of the URN, whatever the parents are', async () => {
    const urn = 'urn:pulumi:dev::plinth::plinth:index:Thing::it';
    expect(await provider({}).create(urn, SENT)).toMatchObject({ id: 'n' });
    expect(await provider({}).create(URN, SENT)).toMatchObject({ id: 'n' });
  });

  it('is missed with the types that there are', async () => {
    const urn = 'urn:pulumi:dev::plinth::plinth:index:Thingy::it';
    const message =
      'plinth:index:Thingy is no resource of this provider, ' +
      'which has plinth:index:Thing, plinth:index:Other';
    const { check, diff, create, read, update, delete: remove } = provider({});
    await expect(check(urn, {}, {})).rejects.toThrow(message);
    await expect(diff('id', urn, {}, {})).rejects.toThrow(message);
    await expect(create(urn, {})).rejects.toThrow(message);
    await expect(read('id', urn, {})).rejects.toThrow(message);
    await expect(update('id', urn, {}, {})).rejects.toThrow(message);
    await expect(remove('id', urn, {})).rejects.toThrow(message);
  });
});

describe('check', () => {
  it('hands out plain values and gives the inputs back as they came', async () => {
    const check = jest.fn((inputs: Thing) =>
      inputs.password === 'canary' ? [{ property: 'password', reason: 'too short' }] : [],
    );
    expect(await provider({ check }).check(URN, {}, SENT)).toEqual({
      inputs: SENT,
      failures: [{ property: 'password', reason: 'too short' }],
    });
    expect(check).toHaveBeenCalledWith(PLAIN);
  });

  it('has nothing to say where a handler has not', async () => {
    expect(await provider({}).check(URN, {}, SENT)).toEqual({
      inputs: SENT,
      failures: [],
    });
  });
});

describe('diff', () => {
  const diff = (difference: { changed: string[]; replace?: string[] }) =>
    provider({ diff: () => difference }).diff('id', URN, SENT, SENT);

  it('says nothing changed when nothing did', async () => {
    expect(await diff({ changed: [] })).toEqual({
      changes: false,
      replaces: [],
      deleteBeforeReplace: true,
    });
  });

  it('says what changed can be changed', async () => {
    expect(await diff({ changed: ['name'] })).toMatchObject({ changes: true, replaces: [] });
  });

  it('says what cannot be changed in place, although nothing else changed', async () => {
    expect(await diff({ changed: [], replace: ['name'] })).toEqual({
      changes: true,
      replaces: ['name'],
      deleteBeforeReplace: true,
    });
  });

  it('compares plain values: a mark alone is no change', async () => {
    const compare: Handler<Thing>['diff'] = (state, inputs) => ({
      changed: changedProperties(state, inputs, ['name', 'password']),
    });
    const { diff: marked } = provider({ diff: compare });
    expect(await marked('id', URN, { ...PLAIN }, SENT)).toMatchObject({ changes: false });
    expect(await marked('id', URN, { ...PLAIN, name: 'o' }, SENT)).toMatchObject({
      changes: true,
    });
  });
});

describe('create', () => {
  it('hands out plain values and takes secrets back as secrets', async () => {
    const create = jest.fn(async (inputs: Thing) => ({ id: 'the id', state: inputs }));
    expect(await provider({ create }).create(URN, SENT)).toEqual({
      id: 'the id',
      outs: SENT,
    });
    expect(create.mock.calls.map(([inputs]) => inputs)).toEqual([PLAIN]);
  });

  it('can say how far it is, and hears when the update is canceled', async () => {
    const said: unknown[][] = [];
    const service = serve(
      {
        'plinth:index:Thing': {
          diff: () => ({ changed: [] }),
          create: (_inputs: Thing, running) =>
            new Promise((_done, failed) => {
              running?.say('half way');
              running?.signal.addEventListener('abort', () =>
                failed(running.signal.reason as Error),
              );
            }),
        },
      },
      (...words) => said.push(words),
    );
    const creating = service.create(URN, SENT);
    service.cancel();
    await expect(creating).rejects.toThrow('the update was canceled');
    expect(said).toEqual([[URN, 'half way', true]]);
  });

  it('fails with what the handler fails with', async () => {
    const create = () => Promise.reject(new Error('out of order'));
    await expect(provider({ create }).create(URN, SENT)).rejects.toThrow('out of order');
  });
});

describe('read', () => {
  it('tells what is there, secrets as secrets', async () => {
    const read = jest.fn(async (_id: string, state: Thing) => ({ ...state, name: 'renamed' }));
    expect(await provider({ read }).read('id', URN, SENT)).toEqual({
      id: 'id',
      props: { name: 'renamed', password: secret('canary') },
    });
    expect(read).toHaveBeenCalledWith('id', PLAIN);
  });

  it('tells that a thing is gone by an answer without an id', async () => {
    expect(await provider({ read: async () => undefined }).read('id', URN, SENT)).toEqual({});
  });

  it('believes the state where a handler cannot look', async () => {
    expect(await provider({}).read('id', URN, SENT)).toEqual({ id: 'id', props: SENT });
  });
});

describe('update', () => {
  it('hands out plain values of both sides and takes secrets back as secrets', async () => {
    const update = jest.fn(async (_id: string, _state: Thing, inputs: Thing) => inputs);
    const news = { name: 'm', password: secret('canary two') };
    expect(await provider({ update }).update('id', URN, SENT, news)).toEqual({
      outs: news,
    });
    expect(update).toHaveBeenCalledWith('id', PLAIN, { name: 'm', password: 'canary two' });
  });

  it('keeps the new inputs as state where a handler has nothing to do', async () => {
    expect(await provider({}).update('id', URN, {}, SENT)).toEqual({ outs: SENT });
  });
});

describe('delete', () => {
  it('hands out plain values', async () => {
    const remove = jest.fn<(id: string, state: Thing) => Promise<void>>(async () => undefined);
    await provider({ delete: remove }).delete('id', URN, SENT);
    expect(remove).toHaveBeenCalledWith('id', PLAIN);
  });

  it('does nothing where a thing goes with another', async () => {
    await expect(provider({}).delete('id', URN, SENT)).resolves.toBeUndefined();
  });
});

describe('changed properties', () => {
  it('are those of the named ones whose data differ', () => {
    const before = { a: 1, b: { c: [1, 2] }, d: 'x' };
    const after = { a: 2, b: { c: [1, 2] }, d: 'y' };
    expect(changedProperties(before, after, ['a', 'b'])).toEqual(['a']);
    expect(changedProperties({}, after, ['a', 'b'])).toEqual(['a', 'b']);
    expect(changedProperties(after, after, ['a', 'b', 'd'])).toEqual([]);
  });
});
