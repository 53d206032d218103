import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { failed } from '../errors/errors.ts';
import { environmentFolder, workFolder } from './paths.ts';

/** Which image the task definitions run; written by a push, read by synthesis. */
export interface ImagePin {
  /** Repository URI without tag. */
  readonly repository: string;
  /** Hash of what goes into the image. */
  readonly tag: string;
  /** `sha256:...` as the registry gave it back; absent until the image is pushed. */
  readonly digest?: string;
}

/** By image name; today there is one, `worker`. */
export type ImagePins = Readonly<Record<string, ImagePin>>;

const pinsSchema = z.record(
  z.string(),
  z.strictObject({
    repository: z.string(),
    tag: z.string(),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .exactOptional(),
  }),
);

const pinsFile = (root: string, environment: string): string =>
  environmentFolder(root, environment, 'images.json');

const isAbsent = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * The pins of an environment; none when nothing was pushed yet.
 * @param root folder of the configuration file
 * @throws PINS_UNREADABLE when the file is there and not what a push wrote
 */
export const readPins = async (root: string, environment: string): Promise<ImagePins> => {
  const file = pinsFile(root, environment);
  try {
    return pinsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (isAbsent(cause)) return {};
    throw failed({
      code: 'PINS_UNREADABLE',
      message: `${file} does not hold image pins.`,
      hint: 'Delete the file and run `images push`: it finds the pushed image again.',
      cause,
    });
  }
};

/** Pins of all environments that this folder knows, by environment. */
export const readAllPins = async (root: string): Promise<Readonly<Record<string, ImagePins>>> => {
  const folders = await readdir(workFolder(root), { withFileTypes: true }).catch((cause: unknown) => {
    if (isAbsent(cause)) return [];
    throw cause;
  });
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Object.fromEntries(
    await Promise.all(names.sort().map(async (name) => [name, await readPins(root, name)] as const)),
  );
};

/** Replaces the pins of an environment, whole or not at all. */
export const writePins = async (root: string, environment: string, pins: ImagePins): Promise<void> => {
  const file = pinsFile(root, environment);
  const temporary = `${file}.${String(process.pid)}.tmp`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(temporary, `${JSON.stringify(pins, undefined, 2)}\n`);
  await rename(temporary, file);
};
