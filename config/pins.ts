import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { failed, messageOf } from '../errors/errors.ts';
import { environmentFolder, workFolder } from './paths.ts';

const imagePin = z.strictObject({
  /** Repository URI without tag. */
  repository: z.string().min(1),
  /** Hash of what goes into the image. */
  tag: z.string().min(1),
  /** As the registry gave it back; absent until the image is pushed. */
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional(),
});

const imagePins = z.record(z.string(), imagePin);

/** Which image the task definitions run; written by a push, read by synthesis. */
export type ImagePin = Readonly<z.infer<typeof imagePin>>;

/** By image name; today there is one, `worker`. */
export type ImagePins = Readonly<Record<string, ImagePin>>;

/** @returns what a container runtime pulls: by digest where it is known, else by the content's tag */
export const imageReference = ({ repository, tag, digest }: ImagePin): string =>
  digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;

/** @param root folder of the configuration file */
export const pinsFile = (root: string, environment: string): string =>
  environmentFolder(root, environment, 'images.json');

/**
 * @returns the pins of the environment; none when nothing was pushed yet
 * @throws IMAGE_PINS_INVALID
 */
export const readPins = async (root: string, environment: string): Promise<ImagePins> => {
  const file = pinsFile(root, environment);
  try {
    return imagePins.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw failed({
      code: 'IMAGE_PINS_INVALID',
      message: `${file} can't be read as image pins: ${messageOf(error)}`,
      hint: 'Remove the file and push the images again.',
      details: { file },
      cause: error,
    });
  }
};

/** @returns the pins of every environment that this folder knows, by environment */
export const readAllPins = async (root: string): Promise<Readonly<Record<string, ImagePins>>> => {
  const entries = await readdir(workFolder(root), { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const pairs = names.sort().map(async (name) => [name, await readPins(root, name)] as const);
  return Object.fromEntries(await Promise.all(pairs));
};

/** Writes the pins whole or not at all, images in order of name. */
export const writePins = async (root: string, environment: string, pins: ImagePins): Promise<void> => {
  const file = pinsFile(root, environment);
  const sorted = Object.fromEntries(Object.entries(pins).sort(([a], [b]) => (a < b ? -1 : 1)));
  const temporary = `${file}.${randomUUID()}.tmp`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(temporary, `${JSON.stringify(sorted, null, 2)}\n`);
  await rename(temporary, file);
};
