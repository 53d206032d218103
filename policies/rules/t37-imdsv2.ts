import { amount, text } from './attributes.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t37: Rule = {
  id: 'T37',
  demand: 'Every host answers for its role only by IMDSv2, and not beyond one hop.',
  reason:
    'By version 1 a page that the host fetches can read its credentials; with two hops every container can, unless a waiver says that it should.',
  sameAs: {
    checkov: ['CKV_AWS_79', 'CKV_AWS_341'],
    trivy: ['AWS-0028'],
    nag: ['AwsSolutions-EC29'],
  },
  check: (model) =>
    judgeEach(model, ['aws_instance', 'aws_launch_template'], ({ values }) => [
      text(values, 'metadata_options', 'http_tokens') === 'required' ||
        fault('answers by version 1 of the metadata service', 'Set http_tokens to required.'),
      amount(values, 'metadata_options', 'http_put_response_hop_limit') === 1 ||
        fault('lets its metadata travel more than one hop', 'Set http_put_response_hop_limit to 1.'),
    ]),
};
