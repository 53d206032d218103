import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Environment } from '../../config/environment.ts';
import { grants, NEEDS_NO_RIGHT } from '../../policies/grants/register.ts';
import { deployedOf, deployerPolicies, MOST_CHARACTERS } from '../../policies/deployer.ts';
import { declarationsOf } from '../../policies/rules/declarations.ts';
import { Model, type AppJson } from '../../policies/rules/model.ts';
import { t12 } from '../../policies/rules/t12-no-wildcard-actions.ts';
import { t14 } from '../../policies/rules/t14-pass-role.ts';
import { t19 } from '../../policies/rules/t19-no-escalation.ts';
import { listOf, statementsOf } from '../stacks/synthesized.ts';
import { synthesizedApp } from '../stacks/synthesized-app.ts';
import { dev, reporting, toy } from '../stacks/toy-feed.ts';

const USER = { reason: 'The host stands in our own rooms', expires: '2027-01-31' };
const BOUNDARY = 'arn:aws:iam::123456789012:policy/acme-dev-boundary';

describe.each(['ecs', 'ec2'] as const)('the deployer of an environment on %s', (compute) => {
  const env: Environment = { ...dev, compute, user: USER };
  let app: AppJson;
  let policies: readonly string[];
  const model = (more: AppJson = {}) => new Model(env, declarationsOf(env, [toy]), { ...app, ...more });

  beforeAll(async () => {
    app = await synthesizedApp(env);
    policies = deployerPolicies(env, deployedOf(model().stacks.flatMap(({ resources }) => resources)));
  });

  const statements = () => policies.flatMap((policy) => statementsOf(policy));
  const allowed = (action: string) =>
    statements().filter(({ Effect, Action }) => Effect === 'Allow' && listOf(Action).includes(action));

  test('has documents that IAM takes', () => {
    for (const policy of policies) expect(policy.length).toBeLessThanOrEqual(MOST_CHARACTERS);
    for (const { Resource } of statements()) expect(listOf(Resource)).not.toEqual([]);
  });

  test('names each action, passes named roles to named services, and can’t leave the boundary', () => {
    const deployer = {
      resource: {
        aws_iam_policy: Object.fromEntries(
          policies.map((policy, index) => [
            `deployer${index}`,
            { name: `acme-dev-deployer${index}`, policy },
          ]),
        ),
      },
    };
    const judged = model({ deployer });
    const found = [t12, t14, t19].flatMap((rule) => rule.check(judged));
    expect(found.filter(({ stack }) => stack === 'deployer')).toEqual([]);
  });

  test('makes roles within the boundary only, and never edits it', () => {
    for (const action of ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:CreateUser']) {
      expect(allowed(action)).toMatchObject([
        { Condition: { StringEquals: { 'iam:PermissionsBoundary': BOUNDARY } } },
      ]);
    }
    for (const action of [
      'iam:CreatePolicyVersion',
      'iam:DeletePolicy',
      'iam:DeleteRolePermissionsBoundary',
    ]) {
      expect(allowed(action)).toEqual([]);
    }
    const denied = statements().filter(({ Effect }) => Effect === 'Deny');
    expect(denied.map(({ Resource }) => Resource)).toEqual([[BOUNDARY], '*']);
  });

  test('passes roles to what the stacks hold and to nothing else', () => {
    const [{ Condition } = {}] = allowed('iam:PassRole');
    expect(Condition).toEqual({
      StringEquals: {
        'iam:PassedToService': (compute === 'ecs'
          ? ['ecs-tasks', 'scheduler', 'states', 'vpc-flow-logs']
          : ['ec2', 'vpc-flow-logs']
        ).map((service) => `${service}.amazonaws.com`),
      },
    });
  });

  test('has no right for what the stacks do not hold', () => {
    expect(allowed('states:CreateStateMachine')).toHaveLength(compute === 'ecs' ? 1 : 0);
    expect(allowed('autoscaling:CreateAutoScalingGroup')).toHaveLength(compute === 'ecs' ? 0 : 1);
  });
});

test('every type of the stacks has its rights, and no right is for a type that none has', async () => {
  const apps = await Promise.all(
    [
      { compute: 'ecs' as const },
      { compute: 'ec2' as const },
      { warehouse: 'redshift' as const },
      { feeds: reporting.feeds },
      {
        warehouse: 'redshift' as const,
        existing: { warehouse: { workgroup: 'reports', database: 'media' } },
      },
    ].map((variant) => synthesizedApp({ ...dev, ...variant, user: USER })),
  );
  const types = apps.flatMap(
    (app) =>
      deployedOf(new Model(dev, declarationsOf(dev, [toy]), app).stacks.flatMap(({ resources }) => resources))
        .types,
  );
  expect([...new Set(types)].sort()).toEqual([...Object.keys(grants), ...NEEDS_NO_RIGHT].sort());
});

test('a type of which nothing is known is named rather than forgotten', () => {
  expect(() =>
    deployerPolicies(dev, { types: ['aws_new_thing'], roleNames: [], deliveredLogGroups: [] }),
  ).toThrow(/aws_new_thing/);
});

test('the log groups of services are named as IAM asks for them: with `:*`, and for tags without', () => {
  const policies = deployerPolicies(dev, {
    types: ['aws_cloudwatch_log_group'],
    roleNames: [],
    deliveredLogGroups: ['MediaTailor/AdDecisionServerInteractions'],
  });
  const group = 'arn:aws:logs:us-east-1:123456789012:log-group:MediaTailor/AdDecisionServerInteractions';
  const named = policies
    .flatMap((policy) => statementsOf(policy))
    .filter(({ Action }) => listOf(Action).includes('logs:PutRetentionPolicy'))
    .flatMap(({ Resource }) => listOf(Resource));
  expect(named).toEqual(expect.arrayContaining([group, `${group}:*`]));
});
