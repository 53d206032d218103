import { repositoryName } from '../config/names.ts';
import { readPins, writePins } from '../config/pins.ts';
import type { ImagePin } from '../config/pins.ts';
import { ensureWorkerImage, planWorker } from '../images/ensure.ts';
import type { ImageEvent } from '../images/events.ts';
import { WORKER } from '../images/plan.ts';
import type { Platform } from '../images/platform.ts';
import type { Invocation } from './command.ts';
import type { Project } from './project.ts';

/**
 * Sees to it that the task definitions have an image to pin. On AWS it is built and pushed when its content
 * is new. The emulator has no registry: unless PEACHES_REGISTRY names one, the tag of the content is pinned.
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
    if (environment.target === 'aws' || processEnvironment['PEACHES_REGISTRY'] !== undefined) {
      const request = { root, env: environment, endpointEnvironment: processEnvironment, onEvent, signal };
      return await ensureWorkerImage({ ...request, ...wanted });
    }
    const { tag } = await planWorker({ root, ...wanted, onEvent, signal });
    const { account, region } = environment;
    const repository = `${account}.dkr.ecr.${region}.amazonaws.com/${repositoryName(environment, WORKER)}`;
    const pin = { repository, tag };
    await writePins(root, environment.name, { ...(await readPins(root, environment.name)), [WORKER]: pin });
    step.note(`the emulator has no registry: nothing pushed, task definitions name ${WORKER}:${tag}`);
    return pin;
  });
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
