import { describe, expect, test } from '@jest/globals';
import { ofType, statementsOf, synthesized } from './synthesized.ts';
import { declaredAccess } from '../../stacks/access.ts';
import { dev, toy } from './toy-feed.ts';

const BUCKET = (alias: string) => `arn:aws:s3:::acme-dev-${alias}-123456789012`;

/** `<Sid>: <actions> on <resources>`, and the prefixes of a listing. */
const rightsOf = async (stage: string): Promise<string[]> => {
  const { toy } = await synthesized(dev);
  const policy = ofType(toy, 'aws_iam_role_policy')[`stage-${stage}_task_policy`]?.['policy'];
  return statementsOf(policy).flatMap(({ Action, Resource, Condition }) => {
    const { StringLike } = (Condition ?? {}) as { StringLike?: Record<string, string[]> };
    const prefixes = StringLike?.['s3:prefix'];
    return [Resource].flat().map((resource) => {
      const where = (resource ?? '').replace(/arn:aws:s3:::acme-dev-(.*)-123456789012/, '$1');
      return `${[Action].flat().join(' ')} on ${where}${prefixes === undefined ? '' : ` below ${prefixes.join(' ')}`}`;
    });
  });
};

const USE_KEY =
  'kms:Decrypt kms:GenerateDataKey on ${data.terraform_remote_state.foundation.outputs.data_key_arn}';
const WRITE = 's3:PutObject s3:DeleteObject s3:AbortMultipartUpload on';

describe('the role of a stage', () => {
  test('may do what its declaration says and nothing more', async () => {
    expect(await rightsOf('count')).toEqual([
      's3:ListBucket on toy-data below raw/*',
      's3:ListBucket on toy-names below *',
      's3:ListBucket on operations below ledger/toy/* runs/toy/count/* quarantine/toy/count/*',
      's3:GetObject on toy-data/raw/*',
      's3:GetObject on toy-names/*',
      's3:GetObject on operations/ledger/toy/*',
      's3:GetObject on operations/runs/toy/count/*',
      's3:GetObject on operations/quarantine/toy/count/*',
      `${WRITE} toy-data/counts/*`,
      `${WRITE} operations/ledger/toy/count/*`,
      `${WRITE} operations/runs/toy/count/*`,
      `${WRITE} operations/quarantine/toy/count/*`,
      USE_KEY,
    ]);
  });

  test('enters a vendor bucket by the vendor role, an open one by its own', async () => {
    const rights = await rightsOf('fetch');
    expect(rights).toContain('sts:AssumeRole on arn:aws:iam::999999999999:role/t1-reader');
    expect(rights).toContain('s3:ListBucket on arn:aws:s3:::open-data below toys/*');
    expect(rights).toContain('s3:GetObject on arn:aws:s3:::open-data/toys/*');
    expect(rights.join('\n')).not.toContain('vendor-logs');
  });

  test('reaches no more of an open bucket than the path that it declares', () => {
    const fetch = { ...toy.stages['fetch']!, reads: ['open/dolls/'] };
    const { reads } = declaredAccess(dev, { ...toy, stages: { fetch } }, 'fetch');
    expect(reads[0]).toEqual({ bucketArn: 'arn:aws:s3:::open-data', prefix: 'toys/dolls/' });
  });

  test('reads its own secrets alone', async () => {
    const secrets = (await rightsOf('names')).filter((right) => right.startsWith('secretsmanager:'));
    expect(secrets).toEqual(['secretsmanager:GetSecretValue on ${aws_secretsmanager_secret.secret-api.arn}']);
  });
});

describe('the boundary', () => {
  test('names the sources outside the environment exactly', async () => {
    const { foundation } = await synthesized(dev);
    const statements = statementsOf(ofType(foundation, 'aws_iam_policy')['boundary']?.['policy']);
    const resourcesOf = (sid: string) => statements.find(({ Sid }) => Sid === sid)?.Resource;
    expect(resourcesOf('EnterOutside')).toEqual(['arn:aws:iam::999999999999:role/t1-reader']);
    expect(resourcesOf('ReadObjects')).toEqual([`${BUCKET('*')}/*`, 'arn:aws:s3:::open-data/*']);
    expect(resourcesOf('WriteObjects')).toEqual([`${BUCKET('*')}/*`]);
  });

  test('is short enough for IAM', async () => {
    const { foundation } = await synthesized(dev);
    const policy = ofType(foundation, 'aws_iam_policy')['boundary']?.['policy'] as string;
    expect(policy.length).toBeLessThan(6144);
  });

  test('holds no way to change permissions', async () => {
    const { foundation } = await synthesized(dev);
    const statements = statementsOf(ofType(foundation, 'aws_iam_policy')['boundary']?.['policy']);
    const actions = statements.flatMap(({ Action }) => [Action].flat());
    expect(actions.filter((action) => /^(iam|kms|sts):/.test(action)).sort()).toEqual([
      'iam:PassRole',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'sts:AssumeRole',
    ]);
  });
});
