import { readFile } from 'node:fs/promises';
import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';
import { usageError } from '../errors/errors.ts';

export type Path = readonly (string | number)[];

/** One thing that is wrong with the configuration, and where. */
export interface Problem {
  /** `environments.dev.account`; empty for the file as a whole. */
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** A JSON file that remembers on which line each value stands. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** Mistakes of the JSON itself: syntax, comments, keys given twice. */
  readonly problems: readonly Problem[];
  /** Line of the value, or of the nearest thing around it that exists. */
  lineOf(path: Path): number;
}

/** @throws CONFIG_NOT_FOUND, CONFIG_UNREADABLE */
export const readSource = async (file: string): Promise<Source> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw usageError({
        code: 'CONFIG_NOT_FOUND',
        message: `There is no configuration file ${file}.`,
        hint: 'Make one with `peaches init`, or name another with --config FILE.',
        details: { file },
      });
    }
    throw usageError({
      code: 'CONFIG_UNREADABLE',
      message: `The configuration file ${file} cannot be read: ${(cause as Error).message}`,
      hint: 'Mend its permissions, or name another with --config FILE.',
      details: { file },
      cause,
    });
  });
  return parseSource(text, file);
};

/** Strict JSON: no comments, no trailing commas, no key twice. */
export const parseSource = (text: string, file: string): Source => {
  const errors: ParseError[] = [];
  const content = text.replace(/^\uFEFF/, ' ');
  const tree = parseTree(content, errors, { disallowComments: true, allowTrailingComma: false });
  const lineAt = (offset: number): number => content.slice(0, offset).split('\n').length;
  const lineOf = (path: Path): number => {
    for (let length = path.length; tree !== undefined && length > 0; length--) {
      const node = findNodeAtLocation(tree, path.slice(0, length));
      if (node !== undefined) return lineAt((node.parent?.type === 'property' ? node.parent : node).offset);
    }
    return lineAt(tree?.offset ?? 0);
  };
  const syntax = errors.map(({ error, offset }) => ({
    path: '',
    line: lineAt(offset),
    message: `not JSON: ${sentence(printParseErrorCode(error))}`,
  }));
  const twice = tree === undefined ? [] : keysGivenTwice(tree);
  return {
    file,
    value: tree === undefined ? undefined : (getNodeValue(tree) as unknown),
    problems: [
      ...syntax,
      ...twice.map(({ key, offset }) => ({ path: key, line: lineAt(offset), message: 'is given twice' })),
    ],
    lineOf,
  };
};

const keysGivenTwice = (node: Node, path = ''): { key: string; offset: number }[] => {
  const seen = new Set<string>();
  return (node.children ?? []).flatMap((child) => {
    const [key, value] = child.children ?? [];
    if (node.type !== 'object' || key === undefined) return keysGivenTwice(child, path);
    const here = path === '' ? String(key.value) : `${path}.${String(key.value)}`;
    const again = seen.has(here) ? [{ key: here, offset: key.offset }] : [];
    seen.add(here);
    return [...again, ...(value === undefined ? [] : keysGivenTwice(value, here))];
  });
};

/** `CommaExpected` to `comma expected`. */
const sentence = (name: string): string => name.replaceAll(/(?<!^)([A-Z])/g, ' $1').toLowerCase();
