import { blocks, text } from './attributes.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t50: Rule = {
  id: 'T50',
  demand:
    'Every VPC has a default security group without rules, flow logs of all traffic, and a gateway endpoint for S3.',
  reason:
    'What nobody placed must reach nothing; the bulk of the bytes goes to S3 and need not pay for a NAT.',
  sameAs: {
    checkov: ['CKV2_AWS_11', 'CKV2_AWS_12'],
    trivy: ['AWS-0178'],
    nag: ['AwsSolutions-VPC7'],
  },
  check: (model) =>
    judgeEach(model, ['aws_vpc'], (vpc) => {
      const [group] = model.attached(vpc, 'aws_default_security_group', 'vpc_id');
      return [
        (group !== undefined &&
          blocks(group.values, 'ingress').length === 0 &&
          blocks(group.values, 'egress').length === 0) ||
          fault('has an open default security group', 'Add aws_default_security_group without rules.'),
        model
          .attached(vpc, 'aws_flow_log', 'vpc_id')
          .some(({ values }) => text(values, 'traffic_type') === 'ALL') ||
          fault('has no flow logs', 'Add aws_flow_log for ALL traffic.'),
        model
          .attached(vpc, 'aws_vpc_endpoint', 'vpc_id')
          .some(
            ({ values }) =>
              text(values, 'vpc_endpoint_type') === 'Gateway' &&
              text(values, 'service_name')?.endsWith('.s3') === true,
          ) || fault('reaches S3 through a NAT', 'Add a gateway endpoint for S3.'),
      ];
    }),
};
