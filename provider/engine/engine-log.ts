import * as grpc from '@grpc/grpc-js';
import engineService from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';

/** Lines for whoever runs the engine: shown beside the resource in previews and updates. */
export class EngineLog {
  private client: engineService.EngineClient | undefined;
  private readonly said = new Set<string>();

  /** @param address of the engine, `127.0.0.1:12345` */
  attach(address: string): void {
    this.client?.close();
    this.client = new engineService.EngineClient(address, grpc.credentials.createInsecure());
  }

  /**
   * Says it, once: the engine asks for the same difference more than once a run. Never fails: a preview without its words
   * is still a preview.
   *
   * @param passing whether the next line about the resource replaces it, so that it is not among the messages at the end
   */
  info(urn: string, message: string, passing = false): Promise<void> {
    const key = `${urn}\n${message}`;
    if (this.client === undefined || this.said.has(key)) return Promise.resolve();
    this.said.add(key);
    const request = new engine.LogRequest();
    request.setSeverity(engine.LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(passing);
    return new Promise((done) => this.client?.log(request, () => done()));
  }

  close(): void {
    this.client?.close();
  }
}
