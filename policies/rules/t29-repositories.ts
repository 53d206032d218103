import { isTrue, blocks, parsed, text } from './attributes.ts';
import { isKey } from './keys.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t29: Rule = {
  id: 'T29',
  demand:
    'Every repository has immutable tags, scans what is pushed, encrypts under a key of the account, and lets expire only images without a tag.',
  reason:
    'A tag that can move makes a rebuild of yesterday impossible; a rule by age or number can delete the digest that a task runs.',
  sameAs: {
    checkov: ['CKV_AWS_51', 'CKV_AWS_163', 'CKV_AWS_136', 'CKV_AWS_32'],
    trivy: ['AWS-0030', 'AWS-0031', 'AWS-0032', 'AWS-0033'],
    nag: ['AwsSolutions-ECR1'],
  },
  check: (model) =>
    judgeEach(model, ['aws_ecr_repository'], (repository) => {
      const { values } = repository;
      const [lifecycle] = model.attached(repository, 'aws_ecr_lifecycle_policy', 'repository');
      const rules = blocks(
        { document: parsed(text(lifecycle?.values ?? {}, 'policy')) },
        'document',
        'rules',
      );
      return [
        text(values, 'image_tag_mutability') === 'IMMUTABLE' ||
          fault('has tags that can move', 'Set image_tag_mutability to IMMUTABLE.'),
        isTrue(values, 'image_scanning_configuration', 'scan_on_push') ||
          fault('does not scan what is pushed', 'Set scan_on_push.'),
        isKey(model, text(values, 'encryption_configuration', 'kms_key')) ||
          fault(
            'does not encrypt under a key of the account',
            'Set encryption_configuration to the data key.',
          ),
        rules.length > 0 || fault('has no lifecycle', 'Expire images without a tag.'),
        rules.every((rule) => text(rule, 'selection', 'tagStatus') === 'untagged') ||
          fault('lets images with a tag expire', 'Leave them to images prune, which knows what is in use.'),
      ];
    }),
};
