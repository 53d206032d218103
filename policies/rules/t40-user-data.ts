import { Buffer } from 'node:buffer';
import { text, texts } from './attributes.ts';
import type { Model } from './model.ts';
import { fault, judgeEach, type Rule } from './rule.ts';
import { secretIn } from './secrets-in-text.ts';

const PIPED = /\b(?:curl|wget)\b[^\n;&]*\|\s*(?:sudo\s+)?(?:\w*\/)*(?:ba|da|z)?sh\b/;

const decoded = (value: string): string => Buffer.from(value, 'base64').toString('utf8');

const amiIsPinned = (model: Model, ami: string | undefined): boolean => {
  if (ami === undefined) return false;
  if (ami.startsWith('resolve:ssm:') || model.find('data.aws_ssm_parameter', ami) !== undefined) return true;
  const image = model.find('data.aws_ami', ami);
  return image !== undefined && texts(image.values, 'owners').length > 0;
};

export const t40: Rule = {
  id: 'T40',
  demand:
    'User data holds no secret and runs nothing straight from the network; the machine image comes from a parameter of SSM or a named owner.',
  reason: 'User data can be read by all that runs on the host; an image of anybody is a host of anybody.',
  sameAs: { checkov: ['CKV_AWS_46'], trivy: ['AWS-0029'] },
  check: (model) =>
    judgeEach(model, ['aws_instance', 'aws_launch_template'], ({ type, values }) => {
      const own = texts(values, 'user_data');
      const data = [
        ...(type === 'aws_launch_template' ? own.map(decoded) : own),
        ...texts(values, 'user_data_base64').map(decoded),
      ].join('\n');
      const secret = secretIn(data);
      return [
        secret === undefined ||
          fault(`has user data with what looks like a secret (${secret})`, 'Read it from Secrets Manager.'),
        !PIPED.test(data) ||
          fault('runs a program straight from the network', 'Install packages, or run an image by digest.'),
        amiIsPinned(model, text(values, 'ami') ?? text(values, 'image_id')) ||
          fault('runs a machine image of unknown origin', 'Take it from an SSM parameter or a named owner.'),
      ];
    }),
};
