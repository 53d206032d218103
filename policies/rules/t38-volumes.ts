import { blocks, isTrue, text } from './attributes.ts';
import { fault, judgeEach, type Fault, type Rule } from './rule.ts';
import type { Block } from './attributes.ts';

const judge = (volume: Block, type: string): (Fault | boolean)[] => [
  isTrue(volume, 'encrypted') || fault('has a volume in clear', 'Set encrypted.'),
  text(volume, type) === 'gp3' || fault('has a volume that is not gp3', `Set ${type} to gp3.`),
];

export const t38: Rule = {
  id: 'T38',
  demand: 'Every volume is encrypted gp3.',
  reason:
    'A snapshot of a clear volume can be shared; gp3 costs less than gp2 and does not run out of credits.',
  sameAs: {
    checkov: ['CKV_AWS_8', 'CKV_AWS_3'],
    trivy: ['AWS-0131', 'AWS-0026'],
    nag: ['AwsSolutions-EC26'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_instance'], ({ values }) => {
      const root = blocks(values, 'root_block_device');
      return root.length === 0
        ? [fault('does not state its root volume', 'Set root_block_device.')]
        : [...root, ...blocks(values, 'ebs_block_device')].flatMap((volume) => judge(volume, 'volume_type'));
    }),
    ...judgeEach(model, ['aws_launch_template'], ({ values }) => {
      const volumes = blocks(values, 'block_device_mappings', 'ebs');
      return volumes.length === 0
        ? [fault('does not state its volumes', 'Set block_device_mappings.')]
        : volumes.flatMap((volume) => judge(volume, 'volume_type'));
    }),
    ...judgeEach(model, ['aws_ebs_volume'], ({ values }) => judge(values, 'type')),
  ],
};
