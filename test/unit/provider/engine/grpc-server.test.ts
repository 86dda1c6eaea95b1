/** The engine's side of the provider: real calls over gRPC, to the provider and to an engine that listens. */
import { afterEach, describe, expect, it } from '@jest/globals';
import * as grpc from '@grpc/grpc-js';
import engineService from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import type engine from '@pulumi/pulumi/proto/engine_pb.js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import providerService from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { EngineLog } from '../../../../provider/engine/engine-log.ts';
import type { Handler } from '../../../../provider/engine/handler.ts';
import { serve } from '../../../../provider/engine/dispatcher.ts';
import { listen } from '../../../../provider/engine/grpc-server.ts';

interface Thing {
  readonly connection: { readonly user: string; readonly password: string };
  readonly size: number | null;
  readonly note?: string | undefined;
}

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const secret = (value: unknown) => ({ [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270', value });
const URN = 'urn:pulumi:dev::plinth::plinth:index:Thing::it';
const sent = (size: number | null = 1, password = 'canary') => ({
  connection: { user: 'u', password: secret(password) },
  size,
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A provider with one kind of thing, and an engine's client for it. */
async function started(handler: Partial<Handler<Thing>> = {}) {
  const log = new EngineLog();
  const service = serve(
    {
      'plinth:index:Thing': {
        diff: () => ({ changed: [] }),
        create: async (inputs: Thing) => ({ id: 'made', state: inputs }),
        ...handler,
      },
    },
    (urn, message, passing) => void log.info(urn, message, passing),
  );
  const { port, close } = await listen(service, log);
  const client = new providerService.ResourceProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
  );
  closing.push(
    () => client.close(),
    () => log.close(),
    close,
  );
  return { client, log };
}

/** An engine that keeps what it is told. */
async function engineThatListens() {
  const told: engine.LogRequest.AsObject[] = [];
  const server = new grpc.Server();
  server.addService(engineService.EngineService, {
    log: (call: { request: engine.LogRequest }, callback: grpc.sendUnaryData<unknown>) => {
      told.push(call.request.toObject());
      callback(null, new empty.Empty());
    },
  });
  const port = await new Promise<number>((bound) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_, found) =>
      bound(found),
    ),
  );
  closing.push(() => server.forceShutdown());
  return { told, address: `127.0.0.1:${port}` };
}

type Answer<T> = (error: grpc.ServiceError | null, response: T) => void;
const asked = <T>(call: (answer: Answer<T>) => unknown): Promise<T> =>
  new Promise((done, fail) => call((error, response) => (error ? fail(error) : done(response))));
const struct = (value: object) => structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));

describe('the provider over the wire', () => {
  it('tells the engine what it is and what it takes', async () => {
    const { client } = await started();
    const info = await asked<plugin.PluginInfo>((done) =>
      client.getPluginInfo(new empty.Empty(), done),
    );
    expect(info.getVersion()).toBe('0.1.0');
    const schema = await asked<provider.GetSchemaResponse>((done) =>
      client.getSchema(new provider.GetSchemaRequest(), done),
    );
    expect(schema.getSchema()).toBe('{}');
    const taken = await asked<provider.ConfigureResponse>((done) =>
      client.configure(new provider.ConfigureRequest(), done),
    );
    expect(taken.toObject()).toMatchObject({
      acceptsecrets: true,
      acceptresources: true,
      acceptoutputs: true,
      supportspreview: false,
    });
    await asked((done) => client.cancel(new empty.Empty(), done));
  });

  it('checks, with every mistake', async () => {
    const { client } = await started({
      check: ({ size }) => (size === 1 ? [] : [{ property: 'size', reason: 'must be 1' }]),
    });
    const check = async (size: number) => {
      const request = new provider.CheckRequest().setUrn(URN).setNews(struct(sent(size)));
      const { failuresList, inputs } = (
        await asked<provider.CheckResponse>((done) => client.check(request, done))
      ).toObject();
      expect(inputs).toEqual(struct(sent(size)).toObject());
      return failuresList;
    };
    expect(await check(1)).toEqual([]);
    expect(await check(2)).toEqual([{ property: 'size', reason: 'must be 1' }]);
  });

  it('tells which properties differ, and only when any do', async () => {
    const details = { 'a.b': 'add', c: 'delete', d: 'update' } as const;
    const { client } = await started({
      diff: async ({ size }, inputs) =>
        size === inputs.size ? { changed: [], details } : { changed: ['size'], details },
    });
    const diff = (size: number) =>
      asked<provider.DiffResponse>((done) =>
        client.diff(
          new provider.DiffRequest()
            .setId('i')
            .setUrn(URN)
            .setOlds(struct(sent()))
            .setNews(struct(sent(size))),
          done,
        ),
      );
    const some = await diff(2);
    expect(some.getChanges()).toBe(provider.DiffResponse.DiffChanges.DIFF_SOME);
    expect(some.getHasdetaileddiff()).toBe(true);
    const kinds = [...some.getDetaileddiffMap().entries()].map(([path, is]) => [
      path,
      is.getKind(),
    ]);
    const { ADD, DELETE, UPDATE } = provider.PropertyDiff.Kind;
    expect(Object.fromEntries(kinds)).toEqual({ 'a.b': ADD, c: DELETE, d: UPDATE });
    const none = await diff(1);
    expect(none.getChanges()).toBe(provider.DiffResponse.DiffChanges.DIFF_NONE);
    expect(none.getHasdetaileddiff()).toBe(false);
  });

  it('leaves what differs to the engine where a handler does not say', async () => {
    const { client } = await started({ diff: () => ({ changed: [], replace: ['size'] }) });
    const request = new provider.DiffRequest()
      .setUrn(URN)
      .setOlds(struct(sent()))
      .setNews(struct(sent()));
    const response = await asked<provider.DiffResponse>((done) => client.diff(request, done));
    expect(response.toObject()).toMatchObject({
      replacesList: ['size'],
      hasdetaileddiff: false,
      deletebeforereplace: true,
    });
  });

  it('makes, reads, changes and removes, with secrets as secrets', async () => {
    const removed: Thing[] = [];
    const { client } = await started({
      create: async (inputs) => ({ id: 'made', state: { ...inputs, note: undefined } }),
      read: async (id, state) => (id === 'gone' ? undefined : { ...state, size: null }),
      update: async (_id, _state, inputs) => ({ ...inputs, size: 7 }),
      delete: async (_id, state) => void removed.push(state),
    });
    const made = await asked<provider.CreateResponse>((done) =>
      client.create(new provider.CreateRequest().setUrn(URN).setProperties(struct(sent())), done),
    );
    expect(made.getId()).toBe('made');
    // The mark is around the whole connection, which holds a secret.
    const marked = (password: string, size: number | null) => ({
      connection: secret({ user: 'u', password }),
      size,
    });
    expect(made.getProperties()?.toJavaScript()).toEqual(marked('canary', 1));

    const read = (id: string) =>
      asked<provider.ReadResponse>((done) =>
        client.read(
          new provider.ReadRequest()
            .setId(id)
            .setUrn(URN)
            .setProperties(struct(sent()))
            .setInputs(struct(sent(1, 'rotated'))),
          done,
        ),
      );
    const seen = await read('made');
    expect(seen.getId()).toBe('made');
    // The way in is that of the inputs; the state's may be out of date.
    expect(seen.getProperties()?.toJavaScript()).toEqual(marked('rotated', null));
    const gone = await read('gone');
    expect(gone.getId()).toBe('');
    expect(gone.hasProperties()).toBe(false);

    const changed = await asked<provider.UpdateResponse>((done) =>
      client.update(
        new provider.UpdateRequest()
          .setId('made')
          .setUrn(URN)
          .setOlds(struct(sent()))
          .setNews(struct(sent(5))),
        done,
      ),
    );
    expect(changed.getProperties()?.toJavaScript()).toEqual(marked('canary', 7));
    await asked((done) =>
      client.delete(
        new provider.DeleteRequest()
          .setId('made')
          .setUrn(URN)
          .setProperties(struct(sent()))
          .setOldInputs(struct(sent(1, 'rotated'))),
        done,
      ),
    );
    expect(removed).toEqual([{ connection: { user: 'u', password: 'rotated' }, size: 1 }]);
  });

  it('tells an error in its own words', async () => {
    const { client } = await started({
      create: () => Promise.reject(new Error('out of order: mend it')),
    });
    const request = new provider.CreateRequest().setUrn(URN).setProperties(struct(sent()));
    await expect(asked((done) => client.create(request, done))).rejects.toMatchObject({
      code: grpc.status.UNKNOWN,
      details: 'out of order: mend it',
    });
  });
});

describe('what is said to the engine', () => {
  const words = () => ['it may now be seen', 'by all'];
  const news = () => new provider.CheckRequest().setUrn(URN).setNews(struct(sent()));

  it('is what making a thing means, once, as information beside the thing', async () => {
    const { told, address } = await engineThatListens();
    const { client } = await started({ describe: words });
    await asked((done) => client.attach(new plugin.PluginAttach().setAddress(address), done));
    await asked((done) => client.check(news(), done));
    await asked((done) => client.check(news(), done));
    // Everything said before has arrived when this has.
    const { log } = await started();
    log.attach(address);
    await log.info(URN, 'the end');
    expect(told.map(({ message, severity, urn }) => ({ message, severity, urn }))).toEqual([
      { message: 'it may now be seen\nby all', severity: 1, urn: URN },
      { message: 'the end', severity: 1, urn: URN },
    ]);
  });

  it('is nothing about a thing that is there and stays as it is, or that is wrong', async () => {
    const { told, address } = await engineThatListens();
    const { client, log } = await started({
      describe: words,
      check: ({ size }) => (size === 2 ? [{ property: 'size', reason: 'no' }] : []),
    });
    log.attach(address);
    await asked((done) => client.check(news().setOlds(struct(sent())), done));
    await asked((done) => client.check(news().setNews(struct(sent(2))), done));
    await log.info(URN, 'the end');
    expect(told.map(({ message }) => message)).toEqual(['the end']);
  });

  it('is what a change means', async () => {
    const { told, address } = await engineThatListens();
    const { client, log } = await started({
      diff: () => ({ changed: ['size'], words: ['larger'] }),
    });
    log.attach(address);
    const request = new provider.DiffRequest()
      .setUrn(URN)
      .setOlds(struct(sent()))
      .setNews(struct(sent(2)));
    await asked((done) => client.diff(request, done));
    await log.info(URN, 'the end');
    expect(told.map(({ message }) => message)).toEqual(['larger', 'the end']);
  });

  it('is how far it is, while something is made that takes long, until the update is canceled', async () => {
    const { told, address } = await engineThatListens();
    const { client, log } = await started({
      create: (_inputs, running) =>
        new Promise((_done, failed) => {
          running?.signal.addEventListener('abort', () => failed(running.signal.reason as Error));
          running?.say('half way');
          // The line is under way before the cancel is.
          void asked((done) => client.cancel(new empty.Empty(), done));
        }),
    });
    log.attach(address);
    const request = new provider.CreateRequest().setUrn(URN).setProperties(struct(sent()));
    await expect(asked((done) => client.create(request, done))).rejects.toMatchObject({
      details: 'the update was canceled',
    });
    await log.info(URN, 'the end');
    expect(told.map(({ message, ephemeral }) => ({ message, ephemeral }))).toEqual([
      { message: 'half way', ephemeral: true },
      { message: 'the end', ephemeral: false },
    ]);
  });

  it('is lost without harm when no engine listens', async () => {
    const { client, log } = await started({ describe: words });
    await asked((done) => client.check(news(), done));
    log.attach('127.0.0.1:1');
    await log.info(URN, 'nobody hears it');
    await asked((done) => client.check(news().setUrn(`${URN}2`), done));
  });
});
