// How an image is built. Set-up and the program's provider both build, each what it finds missing, so
// both read this.

import type { ImageBuild } from './image-list.ts';

/** The docker client's arguments that build an image. */
export function buildCommand({ reference, context, buildArgs }: ImageBuild): string[] {
  const settings = Object.entries(buildArgs).flatMap(([key, value]) => [
    '--build-arg',
    `${key}=${value}`,
  ]);
  return ['build', ...settings, '--tag', reference, context];
}

/** The classic builder: every engine has it, and it needs no plugin of the docker client. */
export const buildEnvironment = { DOCKER_BUILDKIT: '0' } as const;

/** The image and those it stands on, the lowest first. The base image is not among them. */
export function buildChain(build: ImageBuild): readonly ImageBuild[] {
  return [...(build.on === undefined ? [] : buildChain(build.on)), build];
}

/** The image that a Dockerfile begins with. */
export function baseOf(build: ImageBuild): string {
  return build.buildArgs['BASE'] ?? '';
}
