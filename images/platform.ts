import { TASK_CPU } from '../config/processor.ts';
import { usageError } from '../errors/errors.ts';

/** A platform of images, in the form of the engines. */
export type Platform = 'linux/amd64' | 'linux/arm64';

export const PLATFORMS: readonly Platform[] = ['linux/amd64', 'linux/arm64'];

/** The platform that tasks run on. */
export const DEFAULT_PLATFORM: Platform = (
  { X86_64: 'linux/amd64', ARM64: 'linux/arm64' } as const satisfies Record<string, Platform>
)[TASK_CPU];

/** Word of Node and npm for the CPU. */
export const nodeArchitectureOf = (platform: Platform): 'x64' | 'arm64' =>
  platform === 'linux/amd64' ? 'x64' : 'arm64';

/**
 * @param list `linux/amd64,linux/arm64`
 * @throws PLATFORM_UNKNOWN
 */
export const parsePlatforms = (list: string): readonly Platform[] => {
  const wanted = [...new Set(list.split(',').map((word) => word.trim()))];
  return wanted.map((word) => {
    const platform = PLATFORMS.find((known) => known === word);
    if (platform !== undefined) return platform;
    throw usageError({
      code: 'PLATFORM_UNKNOWN',
      message: `'${word}' is no platform that the worker can be built for.`,
      hint: `Use ${PLATFORMS.join(' or ')}, or both with a comma.`,
    });
  });
};

/**
 * A task can only run an image that was built for its CPU.
 * @throws ARCHITECTURE_MISMATCH
 */
export const requireTaskArchitecture = (platforms: readonly Platform[]): void => {
  if (platforms.includes(DEFAULT_PLATFORM)) return;
  throw usageError({
    code: 'ARCHITECTURE_MISMATCH',
    message: `The image is for ${platforms.join(', ')} only, the task definitions ask for ${TASK_CPU}.`,
    hint: `Push with --platform ${PLATFORMS.join(',')}, or without --platform.`,
  });
};
