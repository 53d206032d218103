import type { EnvironmentEntry } from './schema.ts';
import type { Path } from './source.ts';
import { didYouMean } from './suggest.ts';

export interface Link {
  readonly name: string;
  readonly entry: Omit<EnvironmentEntry, 'extends' | 'feeds'> & Pick<EnvironmentEntry, 'feeds'>;
}

/**
 * The environments that make up one, the farthest ancestor first and itself last.
 * @returns undefined when `extends` leads nowhere or back to itself, which is then reported
 */
export const inherited = (
  name: string,
  environments: Readonly<Record<string, EnvironmentEntry>>,
  report: (path: Path, message: string) => void,
): readonly Link[] | undefined => {
  const chain: Link[] = [];
  for (let at: string | undefined = name; at !== undefined;) {
    const { extends: parent, ...entry }: EnvironmentEntry = environments[at] ?? {};
    chain.unshift({ name: at, entry });
    if (parent === undefined) break;
    const path = ['environments', at, 'extends'];
    if (!Object.hasOwn(environments, parent)) {
      report(path, `names no environment.${didYouMean(parent, Object.keys(environments))}`);
      return undefined;
    }
    const members = chain.map((link) => link.name);
    if (members.includes(parent)) {
      const toldByMe = parent === name && members.every((member) => name <= member);
      if (toldByMe) report(path, `goes in a circle: ${[...members.reverse(), parent].join(' → ')}`);
      return undefined;
    }
    at = parent;
  }
};
