/** Reading Terraform's JSON, where a block may stand alone or in a list and a scalar may be quoted. */

export interface Block {
  readonly [attribute: string]: unknown;
}

const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const flat = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(flat) : [value]);

/** Everything at a path, through all blocks on the way. */
const at = (block: Block, path: readonly string[]): unknown[] =>
  path
    .reduce<unknown[]>(
      (found, step) => found.flatMap((part) => (isBlock(part) ? flat(part[step]) : [])),
      [block],
    )
    .filter((value) => value !== undefined && value !== null);

export const blocks = (block: Block, ...path: string[]): Block[] => at(block, path).filter(isBlock);

/** Scalars at a path, as text. */
export const texts = (block: Block, ...path: string[]): string[] =>
  at(block, path).flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [value.toString()]
      : [],
  );

/** The first scalar at a path. */
export const text = (block: Block, ...path: string[]): string | undefined => texts(block, ...path)[0];

/** Something is said at the path, and all of it is true. */
export const isTrue = (block: Block, ...path: string[]): boolean => {
  const said = texts(block, ...path);
  return said.length > 0 && said.every((value) => value === 'true');
};

/** @returns NaN when nothing is said, so that every comparison fails */
export const amount = (block: Block, ...path: string[]): number => Number(text(block, ...path) ?? NaN);

/** A document inside a string. @returns undefined when it is none */
export const parsed = (value: string | undefined): unknown => {
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
};

/** All strings below a value, with the attribute in which each lies; Terraform's comments left out. */
export const strings = (value: unknown, attribute = ''): { attribute: string; value: string }[] => {
  if (typeof value === 'string') return [{ attribute, value }];
  if (Array.isArray(value)) return value.flatMap((part) => strings(part, attribute));
  if (!isBlock(value)) return [];
  return Object.entries(value).flatMap(([name, part]) => (name === '//' ? [] : strings(part, name)));
};

export const mapStrings = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((part) => mapStrings(part, change));
  if (!isBlock(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, name === '//' ? part : mapStrings(part, change)]),
  );
};
