import { amount, blocks, text } from './attributes.ts';
import { fault, judgeEach, type Rule } from './rule.ts';
import { namesSecret, secretIn } from './secrets-in-text.ts';

/** Runtimes that AWS still mends. */
const SUPPORTED =
  /^(?:nodejs(?:2[2-9])\.x|python3\.1[1-9]|java(?:17|21|25)|dotnet(?:8|10)|ruby3\.[3-9]|provided\.al2023)$/;

export const t47: Rule = {
  id: 'T47',
  demand:
    'A function has a runtime that AWS mends, a share of concurrency, a place for what failed and no secret in its environment; who may call it is named with its source.',
  reason:
    'One function without a share can starve all others of the account; what failed without a place is gone.',
  sameAs: {
    checkov: ['CKV_AWS_45', 'CKV_AWS_115', 'CKV_AWS_116', 'CKV_AWS_301', 'CKV_AWS_363', 'CKV_AWS_364'],
    trivy: ['AWS-0067'],
    nag: ['AwsSolutions-L1'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_lambda_function'], (lambda) => {
      const { values } = lambda;
      const onFailure = model
        .attached(lambda, 'aws_lambda_function_event_invoke_config', 'function_name')
        .some(
          (config) => text(config.values, 'destination_config', 'on_failure', 'destination') !== undefined,
        );
      return [
        text(values, 'package_type') === 'Image' ||
          SUPPORTED.test(text(values, 'runtime') ?? '') ||
          fault(`has the runtime ${text(values, 'runtime') ?? 'of nobody'}`, 'Choose one that AWS mends.'),
        amount(values, 'reserved_concurrent_executions') > 0 ||
          fault('may use all concurrency of the account', 'Set reserved_concurrent_executions.'),
        onFailure ||
          text(values, 'dead_letter_config', 'target_arn') !== undefined ||
          fault('loses what failed', 'Add aws_lambda_function_event_invoke_config with on_failure.'),
        ...blocks(values, 'environment', 'variables').flatMap((variables) =>
          Object.keys(variables).map(
            (name) =>
              !(namesSecret(name) || secretIn(text(variables, name) ?? '') !== undefined) ||
              fault(`has what looks like a secret in ${name}`, 'Read it from Secrets Manager.'),
          ),
        ),
      ];
    }),
    ...judgeEach(model, ['aws_lambda_permission'], ({ values }) => [
      text(values, 'source_arn') !== undefined ||
        fault("may be called on anybody's behalf", 'Set source_arn.'),
    ]),
  ],
};
