import type { EnvironmentEntry } from './schema.ts';
import type { Path } from './source.ts';
import { didYouMean } from '../errors/suggest.ts';

export interface Link {
  readonly name: string;
  readonly entry: Omit<EnvironmentEntry, 'extends' | 'feeds'> & Pick<EnvironmentEntry, 'feeds'>;
}

/**
 * The environments that make up one, the farthest ancestor first and itself last.
 * @param heirs those that led here
 * @returns undefined when `extends` leads nowhere or back to itself, which is then reported
 */
export const inherited = (
  name: string,
  environments: Readonly<Record<string, EnvironmentEntry>>,
  report: (path: Path, message: string) => void,
  heirs: readonly Link[] = [],
): readonly Link[] | undefined => {
  const { extends: parent, ...entry } = environments[name] ?? {};
  const chain = [{ name, entry }, ...heirs];
  if (parent === undefined) return chain;
  const path = ['environments', name, 'extends'];
  if (!Object.hasOwn(environments, parent)) {
    report(path, `names no environment.${didYouMean(parent, Object.keys(environments))}`);
    return undefined;
  }
  const members = chain.map((link) => link.name);
  if (members.includes(parent)) {
    const asked = members.at(-1) ?? name;
    const toldHere = parent === asked && members.every((member) => asked <= member);
    if (toldHere) report(path, `goes in a circle: ${[...members.reverse(), parent].join(' → ')}`);
    return undefined;
  }
  return inherited(parent, environments, report, chain);
};
