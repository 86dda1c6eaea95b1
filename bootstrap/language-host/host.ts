// A Node language host for Pulumi, for machines that cannot download the official one. It speaks
// the part of the protocol that running a Node program needs; the engine calls it, nobody imports it.
//
// The engine starts it as `pulumi-language-nodejs … <engine address>` and reads the port from the
// first line of standard output. Everything the program prints comes after that, on the same stream.

import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Grpc from '@grpc/grpc-js';
import type * as Messages from '@pulumi/pulumi/proto/language_pb.js';
import type * as PluginMessages from '@pulumi/pulumi/proto/plugin_pb.js';
import { declaredDependencies, programArguments, requiredPlugins } from './program.ts';

/** The program says with this exit code that it has told the user what was wrong. */
const alreadyReported = 32;
const parentCheckMs = 1000;

// The protocol files and gRPC come from the SDK of the program at hand, as the SDK itself uses them.
// The engine starts the host in the program's folder.
const fromProgram = createRequire(join(process.cwd(), 'package.json'));
const fromSdk = createRequire(fromProgram.resolve('@pulumi/pulumi/package.json'));
const grpc = fromSdk('@grpc/grpc-js') as typeof Grpc;
const messages = fromSdk('./proto/language_pb.js') as typeof Messages;
const pluginMessages = fromSdk('./proto/plugin_pb.js') as typeof PluginMessages;
const { LanguageRuntimeService } = fromSdk('./proto/language_grpc_pb.js') as {
  LanguageRuntimeService: Grpc.ServiceDefinition;
};
const { Empty } = fromSdk('google-protobuf/google/protobuf/empty_pb.js') as {
  Empty: new () => object;
};
const sdkVersion = (fromSdk('./package.json') as { version: string }).version;

type Call<T> = { request: T };
type Answer = (error: Error | null, value?: unknown) => void;

let program: ChildProcess | undefined;

function run(call: Call<Messages.RunRequest>, answer: Answer): void {
  const request = call.request;
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const entry = createRequire(join(directory, 'package.json'));
  const args = programArguments({
    runner: entry.resolve('@pulumi/pulumi/cmd/run'),
    nodeArgs: typeof options['nodeargs'] === 'string' ? options['nodeargs'] : '',
    flags: {
      monitor: request.getMonitorAddress(),
      engine: engineAddress,
      organization: request.getOrganization(),
      project: request.getProject(),
      stack: request.getStack(),
      pwd: request.getPwd(),
      parallel: String(request.getParallel()),
      'root-directory': info?.getRootDirectory() ?? '',
    },
    dryRun: request.getDryrun(),
    entry: info?.getEntryPoint() ?? request.getProgram(),
    args: request.getArgsList(),
  });
  program = spawn(process.execPath, args, {
    cwd: request.getPwd(),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: String(options['typescript'] !== false),
    },
  });
  const done = (bail: boolean, error: string): void => {
    program = undefined;
    answer(null, new messages.RunResponse().setBail(bail).setError(error));
  };
  program.once('error', (error) =>
    done(false, `the program could not be started: ${error.message}`),
  );
  program.once('exit', (code, signal) => {
    if (code === 0) done(false, '');
    else if (code === alreadyReported) done(true, '');
    else done(false, `Program exited with ${signal ?? `non-zero exit code: ${code}`}`);
  });
}

function packages(directory: string): PluginMessages.PackageDependency[] {
  return requiredPlugins(directory).map((plugin) =>
    new pluginMessages.PackageDependency()
      .setName(plugin.name)
      .setKind('resource')
      .setVersion(`v${plugin.version}`)
      .setServer(plugin.server),
  );
}

function stop(): void {
  program?.kill('SIGTERM');
}

const engineAddress = process.argv.slice(2).find((arg) => !arg.startsWith('-')) ?? '';
const server = new grpc.Server({ 'grpc.max_receive_message_length': 400 * 1024 * 1024 });

server.addService(LanguageRuntimeService, {
  handshake: (_: unknown, answer: Answer) => answer(null, new messages.LanguageHandshakeResponse()),
  getPluginInfo: (_: unknown, answer: Answer) =>
    answer(null, new pluginMessages.PluginInfo().setVersion(sdkVersion)),
  getRequiredPlugins: (_: unknown, answer: Answer) =>
    answer(null, new messages.GetRequiredPluginsResponse()),
  getRequiredPackages: (call: Call<Messages.GetRequiredPackagesRequest>, answer: Answer) =>
    answer(
      null,
      new messages.GetRequiredPackagesResponse().setPackagesList(
        packages(call.request.getInfo()?.getProgramDirectory() ?? process.cwd()),
      ),
    ),
  installDependencies: (call: { end: () => void }) => call.end(),
  runtimeOptionsPrompts: (_: unknown, answer: Answer) =>
    answer(null, new messages.RuntimeOptionsResponse()),
  about: (_: unknown, answer: Answer) =>
    answer(
      null,
      new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
    ),
  getProgramDependencies: (
    call: Call<Messages.GetProgramDependenciesRequest>,
    answer: Answer,
  ): void => {
    const directory = call.request.getInfo()?.getProgramDirectory() ?? call.request.getPwd();
    answer(
      null,
      new messages.GetProgramDependenciesResponse().setDependenciesList(
        declaredDependencies(directory).map((dependency) =>
          new messages.DependencyInfo().setName(dependency.name).setVersion(dependency.version),
        ),
      ),
    );
  },
  run,
  cancel: (_: unknown, answer: Answer) => {
    stop();
    answer(null, new Empty());
  },
});

// An engine that was killed cannot say goodbye: without it neither host nor program has a purpose.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid === parent) return;
  stop();
  process.exit(1);
}, parentCheckMs).unref();

server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) {
    process.stderr.write(`the language host cannot listen on 127.0.0.1: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
});
