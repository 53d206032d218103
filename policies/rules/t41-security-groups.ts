import { blocks, text, texts, type Block } from './attributes.ts';
import { fault, judgeEach, type Fault, type Rule } from './rule.ts';

const ANYWHERE = new Set(['0.0.0.0/0', '::/0']);
const CIDRS = ['cidr_ipv4', 'cidr_ipv6', 'cidr_blocks', 'ipv6_cidr_blocks'];

const isOpen = (rule: Block): boolean =>
  CIDRS.some((attribute) => texts(rule, attribute).some((cidr) => ANYWHERE.has(cidr)));

const everyPort = (rule: Block): boolean => (text(rule, 'ip_protocol') ?? text(rule, 'protocol')) === '-1';

const described = (rule: Block): Fault | boolean =>
  (text(rule, 'description') ?? '').trim() !== '' ||
  fault('has a rule without a description', 'Say what the rule is for.');

const incoming = (rule: Block): (Fault | boolean)[] => [
  !isOpen(rule) || fault('lets in everybody', 'Name the group or the addresses that need it.'),
  described(rule),
];

const outgoing = (rule: Block): (Fault | boolean)[] => [
  !(isOpen(rule) && everyPort(rule)) || fault('lets everything out to everywhere', 'Name the ports.'),
  described(rule),
];

export const t41: Rule = {
  id: 'T41',
  demand:
    'No security group lets in everybody or lets out everything; each group and each rule says what it is for.',
  reason: 'Nothing here serves the internet; a rule that nobody can explain nobody dares to remove.',
  sameAs: {
    checkov: ['CKV_AWS_23', 'CKV_AWS_24', 'CKV_AWS_25', 'CKV_AWS_260', 'CKV_AWS_277', 'CKV_AWS_382'],
    trivy: ['AWS-0104', 'AWS-0107'],
    nag: ['AwsSolutions-EC23', 'AwsSolutions-EC27'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_security_group'], ({ values }) => [
      !['', 'Managed by Terraform'].includes((text(values, 'description') ?? '').trim()) ||
        fault('has no description', 'Say what the group is for.'),
      ...blocks(values, 'ingress').flatMap(incoming),
      ...blocks(values, 'egress').flatMap(outgoing),
    ]),
    ...judgeEach(model, ['aws_vpc_security_group_ingress_rule'], ({ values }) => incoming(values)),
    ...judgeEach(model, ['aws_vpc_security_group_egress_rule'], ({ values }) => outgoing(values)),
    ...judgeEach(model, ['aws_security_group_rule'], ({ values }) =>
      text(values, 'type') === 'ingress' ? incoming(values) : outgoing(values),
    ),
  ],
};
