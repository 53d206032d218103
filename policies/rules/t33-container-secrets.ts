import { blocks, text } from './attributes.ts';
import { judgeContainers } from './containers.ts';
import { fault, type Rule } from './rule.ts';
import { namesSecret, secretIn } from './secrets-in-text.ts';

const KEPT = /^(?:arn:[\w-]+:(?:secretsmanager|ssm):|@\{[^:]+:aws_(?:secretsmanager_secret|ssm_parameter)\.)/;

export const t33: Rule = {
  id: 'T33',
  demand: 'Containers get secrets by valueFrom or read them themselves; none stands in their environment.',
  reason: 'The environment of a task is shown to everybody who may describe it.',
  sameAs: { trivy: ['AWS-0036'], nag: ['AwsSolutions-ECS2'] },
  check: (model) =>
    judgeContainers(model, (container) => [
      ...blocks(container, 'environment').map((variable) => {
        const name = text(variable, 'name') ?? '';
        return !(namesSecret(name) || secretIn(text(variable, 'value') ?? '') !== undefined)
          ? true
          : fault(`has what looks like a secret in ${name}`, 'Give it by valueFrom.');
      }),
      ...blocks(container, 'secrets').map(
        (secret) =>
          KEPT.test(text(secret, 'valueFrom') ?? '') ||
          fault(
            `gets ${text(secret, 'name') ?? 'a secret'} from neither Secrets Manager nor SSM`,
            'Name the secret by its ARN.',
          ),
      ),
    ]),
};
