import { usageError } from '../../errors/errors.ts';
import { didYouMean } from '../../errors/suggest.ts';
import { deployerOf } from '../deployer.ts';
import type { Invocation, Outcome } from '../command.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';

interface Printable {
  readonly about: string;
  /** Policy documents as JSON. */
  readonly documents: (project: Project) => Promise<readonly string[]>;
}

/** Policies that somebody else may have to make before peaches is called. */
const printable: Readonly<Record<string, Printable>> = {
  deployer: {
    about: 'the least that whoever calls up, deploy and destroy needs',
    documents: deployerOf,
  },
  boundary: {
    about: 'the most that any role of the environment can ever do',
    documents: async ({ environment }) => {
      const { boundaryOf } = await import('../../stacks/boundary.ts');
      return [boundaryOf(environment)];
    },
  },
};

/** `policy print [NAME]`: JSON for IAM, derived from the stacks; needs neither network nor credentials. */
export const printPolicy = async (
  invocation: Invocation,
  _: object,
  name: string | undefined,
): Promise<Outcome> => {
  if (name === undefined) {
    const policies = Object.entries(printable).map(([policy, { about }]) => ({ policy, about }));
    return {
      document: { policies },
      text: policies.map(({ policy, about }) => `${policy.padEnd(10)}${about}`).join('\n'),
    };
  }
  const found = printable[name];
  if (found === undefined) throw unknownPolicy(name);
  const project = await openProject(invocation);
  const { environment } = project;
  const documents = await found.documents(project);
  const named = documents.map((document, index) => ({
    name: `${environment.project}-${environment.name}-${name}${documents.length > 1 ? `-${index + 1}` : ''}`,
    characters: document.length,
    document: JSON.parse(document) as unknown,
  }));
  if (named.length > 1) {
    invocation.output.warn(
      `${named.length} documents, since IAM allows a managed policy 6144 characters: make a policy of each and attach them all.`,
    );
  }
  return {
    document: { policy: name, environment: environment.name, documents: named },
    text: named.map(({ document }) => JSON.stringify(document, undefined, 2)).join('\n\n'),
  };
};

const unknownPolicy = (name: string) => {
  const names = Object.keys(printable);
  return usageError({
    code: 'UNKNOWN_POLICY',
    message: `There is no policy ${name} to print.${didYouMean(name, names)}`,
    hint: `Policies: ${names.join(', ')}.`,
    details: { policy: name, policies: names },
  });
};
