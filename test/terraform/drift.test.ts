import { expect, test } from '@jest/globals';
import { differencesOf, driftOf } from '../../terraform/drift.ts';
import { shownPlanOf, type ShownPlan } from '../../terraform/plan.ts';

const planOf = (drifted: readonly object[], configuration: readonly object[] = []): ShownPlan =>
  shownPlanOf(
    's',
    JSON.stringify({
      format_version: '1.2',
      resource_drift: drifted,
      configuration: { root_module: { resources: configuration } },
    }),
  );

const changed = (address: string, before: object, after: object | null, rest: object = {}): object => ({
  address,
  type: address.split('.')[0],
  change: { actions: [after === null ? 'delete' : 'update'], before, after, ...rest },
});

const policy = (effect: string): string =>
  JSON.stringify({ Statement: [{ Effect: effect, Action: 's3:*' }], Version: '2012-10-17' });

test('a changed attribute is named down to the value, also within a policy', () => {
  const address = 'aws_s3_bucket_policy.a';
  const plan = planOf(
    [changed(address, { policy: policy('Deny'), bucket: 'a' }, { policy: policy('Allow'), bucket: 'a' })],
    [{ address, expressions: { policy: {}, bucket: {} } }],
  );
  expect(driftOf(plan)).toEqual([
    {
      address,
      type: 'aws_s3_bucket_policy',
      gone: false,
      attributes: [
        {
          name: 'policy',
          path: 'policy.Statement[0].Effect',
          before: 'Deny',
          after: 'Allow',
          sensitive: false,
        },
      ],
    },
  ]);
});

test('what is gone is drift, whatever the configuration says', () => {
  expect(driftOf(planOf([changed('aws_sqs_queue.q', { name: 'q' }, null)]))).toEqual([
    { address: 'aws_sqs_queue.q', type: 'aws_sqs_queue', gone: true, attributes: [] },
  ]);
});

test('what AWS fills in by itself, and other ways to say nothing, are no drift', () => {
  const address = 'aws_s3_bucket.a';
  const plan = planOf(
    [
      changed(
        address,
        { tags: null, versioning: [], policy: '' },
        { tags: {}, versioning: [{ on: true }], policy: '{}' },
      ),
    ],
    [{ address, expressions: { bucket: {}, tags: {} } }],
  );
  expect(driftOf(plan)).toEqual([]);
});

test('a tag that all resources have by default counts', () => {
  const plan = planOf([changed('aws_a.x', { tags_all: { owner: 'us' } }, { tags_all: { owner: 'them' } })]);
  expect(driftOf(plan)[0]?.attributes).toMatchObject([
    { path: 'tags_all.owner', before: 'us', after: 'them' },
  ]);
});

test('a sensitive value is said to have changed, and not told', () => {
  const plan = planOf(
    [
      changed(
        'aws_a.x',
        { token: 'planted-1' },
        { token: 'planted-2' },
        { after_sensitive: { token: true } },
      ),
    ],
    [{ address: 'aws_a.x', expressions: { token: {} } }],
  );
  expect(driftOf(plan)[0]?.attributes).toMatchObject([{ path: 'token', sensitive: true }]);
  expect(JSON.stringify(driftOf(plan))).not.toContain('planted');
});

test('what somebody added to a list that is stated whole is drift', () => {
  const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';
  const attached = 'aws_iam_role_policy_attachments_exclusive.r';
  const group = 'aws_security_group.g';
  const ssh = { from_port: 22, cidr_blocks: ['0.0.0.0/0'] };
  const plan = planOf(
    [
      changed(attached, { policy_arns: [] }, { policy_arns: [admin] }),
      changed(group, { ingress: [], vpc_id: 'v' }, { ingress: [ssh], vpc_id: 'v' }),
    ],
    [
      { address: attached, expressions: { policy_arns: { constant_value: [] } } },
      { address: group, expressions: { ingress: { constant_value: [] }, vpc_id: {} } },
    ],
  );
  expect(driftOf(plan).map(({ address, attributes }) => ({ address, attributes }))).toMatchObject([
    { address: attached, attributes: [{ path: 'policy_arns[0]', after: admin }] },
    { address: group, attributes: [{ path: 'ingress[0]', after: ssh }] },
  ]);
});

test.each([
  [[1, 2], [1, 2, 3], ['x[2]']],
  [[1, 1], [1], ['x']],
  [
    [{ a: 1 }, { b: 1 }, { c: 1 }],
    [{ a: 1 }, { b: 2 }],
    ['x[1].b', 'x[2]'],
  ],
  [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, ['x.a[0].b']],
  [{ a: false }, {}, []],
  ['{"a": 1}', '{"a":1}', []],
  ['[not json', '[other', ['x']],
])('%j against %j differs at %j', (before, after, paths) => {
  expect(differencesOf('x', before, after).map(({ path }) => path)).toEqual(paths);
});
