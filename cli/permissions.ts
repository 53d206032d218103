import {
  GetRoleCommand,
  IAMClient,
  SimulatePrincipalPolicyCommand,
  type ContextEntry,
  type EvaluationResult,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import pLimit from 'p-limit';
import type { Environment } from '../config/environment.ts';
import { statementsOf, type Statement } from '../policies/rules/documents.ts';

/** What the caller may not do of all that deploying the environment needs. */
export interface Permissions {
  /** ARN of the user or role that was asked about. */
  readonly principal: string;
  /** Simulated pairs of action and resource. */
  readonly asked: number;
  /** `sqs:CreateQueue on arn:aws:sqs:...`, in the order of the policy. */
  readonly denied: readonly string[];
}

/** Simulations at the same time; IAM throttles more. */
const PARALLEL = 4;

/** Stands for what a pattern leaves open: IAM simulates one resource, not a pattern. */
const ANY = 'any';

/**
 * Asks IAM what the caller may do of a policy's actions, each on its resources and under its conditions.
 * @param documents the deployer's policy, as JSON
 * @returns undefined for an account's root, which IAM does not simulate
 * @throws what IAM answers, such as AccessDenied to a caller who may not simulate
 */
export const simulatePermissions = async (
  { region }: Pick<Environment, 'region'>,
  documents: readonly string[],
): Promise<Permissions | undefined> => {
  const sts = new STSClient({ region, maxAttempts: 2 });
  const iam = new IAMClient({ region });
  try {
    const { Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    if (Arn.endsWith(':root')) return undefined;
    const principal = await principalOf(iam, Arn);
    const limit = pLimit(PARALLEL);
    const cases = documents.flatMap((document) => statementsOf(document) ?? []).flatMap(casesOf);
    const results = await Promise.all(cases.map((one) => limit(() => simulate(iam, principal, one))));
    const all = results.flat();
    return {
      principal,
      asked: all.length,
      denied: [
        ...new Set(
          all
            .filter(({ EvalDecision }) => EvalDecision !== 'allowed')
            .map(
              ({ EvalActionName = '', EvalResourceName = '*' }) => `${EvalActionName} on ${EvalResourceName}`,
            ),
        ),
      ],
    };
  } finally {
    sts.destroy();
    iam.destroy();
  }
};

/** A session's ARN leaves out the path of its role, which is why the role is looked up by name. */
const principalOf = async (iam: IAMClient, arn: string): Promise<string> => {
  const session = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn);
  if (session === null) return arn;
  const [, partition = '', account = '', name = ''] = session;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: name })).catch(() => ({ Role: undefined }));
  return Role?.Arn ?? `arn:${partition}:iam::${account}:role/${name}`;
};

interface Case {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly context: readonly ContextEntry[];
}

/** One simulation for each value that a condition allows, since a request carries one. */
const casesOf = ({ allows, actions, resources, conditions }: Statement): Case[] => {
  if (!allows) return [];
  const contexts = conditions.reduce<readonly (readonly ContextEntry[])[]>(
    (sofar, { key, values }) =>
      sofar.flatMap((entries) =>
        values.map((value) => [
          ...entries,
          { ContextKeyName: key, ContextKeyType: 'string' as const, ContextKeyValues: [concrete(value)] },
        ]),
      ),
    [[]],
  );
  return contexts.map((context) => ({ actions, resources: resources.map(concrete), context }));
};

const concrete = (pattern: string): string => (pattern === '*' ? pattern : pattern.replaceAll('*', ANY));

const simulate = async (
  iam: IAMClient,
  principal: string,
  { actions, resources, context }: Case,
): Promise<readonly EvaluationResult[]> => {
  const results: EvaluationResult[] = [];
  let marker: string | undefined;
  do {
    const answer = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: principal,
        ActionNames: [...actions],
        ResourceArns: [...resources],
        ContextEntries: [...context],
        Marker: marker,
      }),
    );
    results.push(...(answer.EvaluationResults ?? []));
    marker = answer.IsTruncated === true ? answer.Marker : undefined;
  } while (marker !== undefined);
  return results;
};
