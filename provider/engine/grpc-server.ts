import * as grpc from '@grpc/grpc-js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import providerService from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import type { EngineLog } from './engine-log.ts';
import type { Kind } from './handler.ts';
import type { Properties, Service } from './dispatcher.ts';

/**
 * The engine's protocol over gRPC. The SDK has a server of its own, but it hides from a provider the inputs of what is
 * read or deleted, and from the engine which properties differ.
 */

const VERSION = '0.1.0';
/** As the SDK's: a state with a thousand roles is some megabytes. */
const MAX_MESSAGE = 400 * 1024 * 1024;

const KINDS: Readonly<Record<Kind, provider.PropertyDiff.Kind>> = {
  add: provider.PropertyDiff.Kind.ADD,
  delete: provider.PropertyDiff.Kind.DELETE,
  update: provider.PropertyDiff.Kind.UPDATE,
};

/** Answers on a free port of 127.0.0.1, which it gives. */
export async function listen(
  service: Service,
  log: EngineLog,
): Promise<{ readonly port: number; readonly close: () => void }> {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': MAX_MESSAGE,
    'grpc.max_send_message_length': MAX_MESSAGE,
  });
  server.addService(providerService.ResourceProviderService, {
    ...about(service, log),
    ...resources(service),
  });
  const port = await new Promise<number>((bound, failed) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, found) =>
      error === null ? bound(found) : failed(error),
    ),
  );
  return { port, close: () => server.forceShutdown() };
}

/** A call whose answer is what a function resolves to, or its error in one sentence. */
function unary<Request, Response>(
  answer: (request: Request) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    void (async () => answer(request))().then(
      (response) => callback(null, response),
      (error: unknown) =>
        callback({
          code: grpc.status.UNKNOWN,
          details: error instanceof Error ? error.message : String(error),
        }),
    );
  };
}

function about(service: Service, log: EngineLog): grpc.UntypedServiceImplementation {
  return {
    attach: unary((request: plugin.PluginAttach) => {
      log.attach(request.getAddress());
      return new empty.Empty();
    }),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(VERSION)),
    getSchema: unary(() => new provider.GetSchemaResponse().setSchema('{}')),
    configure: unary(() =>
      new provider.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setAcceptoutputs(true),
    ),
    cancel: unary(() => {
      service.cancel();
      return new empty.Empty();
    }),
  };
}

function resources(service: Service): grpc.UntypedServiceImplementation {
  return {
    check: unary(async (request: provider.CheckRequest) => {
      const { inputs, failures } = await service.check(
        request.getUrn(),
        plain(request.getOlds()),
        plain(request.getNews()),
      );
      return new provider.CheckResponse()
        .setInputs(struct(inputs))
        .setFailuresList(
          failures.map(({ property, reason }) =>
            new provider.CheckFailure().setProperty(property).setReason(reason),
          ),
        );
    }),
    diff: unary(async (request: provider.DiffRequest) => {
      const { changes, replaces, deleteBeforeReplace, details } = await service.diff(
        request.getId(),
        request.getUrn(),
        plain(request.getOlds()),
        plain(request.getNews()),
      );
      const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
      const response = new provider.DiffResponse()
        .setChanges(changes ? DIFF_SOME : DIFF_NONE)
        .setReplacesList([...replaces])
        .setDeletebeforereplace(deleteBeforeReplace);
      if (details === undefined || !changes) return response;
      for (const [path, kind] of Object.entries(details)) {
        response.getDetaileddiffMap().set(path, new provider.PropertyDiff().setKind(KINDS[kind]));
      }
      return response.setHasdetaileddiff(true);
    }),
    create: unary(async (request: provider.CreateRequest) => {
      const { id, outs } = await service.create(request.getUrn(), plain(request.getProperties()));
      return new provider.CreateResponse().setId(id).setProperties(struct(outs));
    }),
    read: unary(async (request: provider.ReadRequest) => {
      const { id = '', props } = await service.read(
        request.getId(),
        request.getUrn(),
        plain(request.getProperties()),
        plain(request.getInputs()),
      );
      const response = new provider.ReadResponse().setId(id);
      return props === undefined ? response : response.setProperties(struct(props));
    }),
    update: unary(async (request: provider.UpdateRequest) => {
      const { outs } = await service.update(
        request.getId(),
        request.getUrn(),
        plain(request.getOlds()),
        plain(request.getNews()),
      );
      return new provider.UpdateResponse().setProperties(struct(outs));
    }),
    delete: unary(async (request: provider.DeleteRequest) => {
      await service.delete(
        request.getId(),
        request.getUrn(),
        plain(request.getProperties()),
        plain(request.getOldInputs()),
      );
      return new empty.Empty();
    }),
  };
}

function plain(value: structs.Struct | undefined): Properties {
  return value?.toJavaScript() ?? {};
}

function struct(value: Properties): structs.Struct {
  // Through JSON, which leaves out what is undefined: a Struct has no such thing.
  return structs.Struct.fromJavaScript(
    JSON.parse(JSON.stringify(value)) as Parameters<typeof structs.Struct.fromJavaScript>[0],
  );
}
