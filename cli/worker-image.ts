import { repositoryName } from '../config/names.ts';
import { readPins, writePins } from '../config/pins.ts';
import type { ImagePin } from '../config/pins.ts';
import { PeachesError } from '../errors/errors.ts';
import { ensureWorkerImage, planWorker } from '../images/ensure.ts';
import type { ImageEvent } from '../images/events.ts';
import { WORKER } from '../images/plan.ts';
import type { Platform } from '../images/platform.ts';
import { requireSandbox } from '../sandbox/sandbox.ts';
import type { Invocation } from './command.ts';
import type { Project } from './project.ts';

/**
 * Sees to it that the task definitions have an image to pin: built and pushed when its content is new. In a
 * sandbox without registry or engine, or where the image can't be built, the tag of the content is pinned.
 * @returns the pin, with a digest when the image is in a registry
 */
export const provideWorkerImage = async (
  { output, signal }: Pick<Invocation, 'output' | 'signal'>,
  { root, environment }: Project,
  processEnvironment: NodeJS.ProcessEnv,
  platforms: readonly Platform[] | undefined,
): Promise<ImagePin> => {
  const wanted = platforms === undefined ? {} : { platforms };
  return await output.step('Worker image', async (step) => {
    const onEvent = (event: ImageEvent): void => {
      const line = imageLine(event);
      if (line !== undefined) step.note(line);
    };
    const request = { root, onEvent, signal, ...wanted };
    const provide = (): Promise<ImagePin> =>
      ensureWorkerImage({ ...request, env: environment, endpointEnvironment: processEnvironment });
    if (environment.target === 'aws') return await provide();
    const { registry } = await requireSandbox({ root });
    const made = registry === null ? 'the emulator has no registry' : await unlessHindered(provide);
    if (typeof made !== 'string') return made;
    const { tag } = await planWorker(request);
    const { account, region } = environment;
    const repository = `${account}.dkr.ecr.${region}.amazonaws.com/${repositoryName(environment, WORKER)}`;
    const pin = { repository, tag };
    await writePins(root, environment.name, { ...(await readPins(root, environment.name)), [WORKER]: pin });
    step.note(`${made}: nothing pushed, task definitions name ${WORKER}:${tag}`);
    return pin;
  });
};

/** What a sandbox does without: no engine that answers, or none that can build, for want of the base image. */
const HINDRANCES = ['ENGINE_MISSING', 'ENGINE_NOT_RUNNING', 'IMAGE_BASE_MISSING', 'IMAGE_WRONG_PLATFORM'];

/** @returns the pin, or why there is none where nobody has to have one */
const unlessHindered = async (provide: () => Promise<ImagePin>): Promise<ImagePin | string> => {
  try {
    return await provide();
  } catch (thrown) {
    if (thrown instanceof PeachesError && HINDRANCES.includes(thrown.code)) return thrown.message;
    throw thrown;
  }
};

/** One line for what a person wants to follow while an image is made; undefined for the rest. */
export const imageLine = (event: ImageEvent): string | undefined => {
  switch (event.kind) {
    case 'planned':
      return `${event.image} is ${event.tag} for ${event.platform}`;
    case 'unchanged':
      return `${event.image} ${event.tag} is in the registry already`;
    case 'present':
      return `${event.image} ${event.tag} is built already`;
    case 'building':
      return `building ${event.image} with ${event.builder}`;
    case 'built':
      return `built ${event.image} (${event.seconds} s)`;
    case 'pushing':
      return `pushing ${event.image} to ${event.repository}`;
    case 'retrying':
      return `try ${event.attempt} of the push: ${event.reason}`;
    case 'pushed':
      return `pushed ${event.image} as ${event.digest} (${event.seconds} s)`;
    case 'line':
      return undefined;
  }
};
