import { breach, type Breaches } from './breach.ts';

const ANYWHERE = '0.0.0.0/0';

export const hosts: Breaches = {
  T37: [
    breach('version 1 of the metadata service', {
      'aws_instance.host.metadata_options.http_tokens': 'optional',
    }),
    breach('version 1 of the metadata service', { 'aws_launch_template.host.metadata_options': undefined }),
    breach('more than one hop', {
      'aws_instance.host.metadata_options.http_put_response_hop_limit': 2,
    }),
  ],
  T38: [
    breach('a volume in clear', { 'aws_instance.host.root_block_device.encrypted': false }),
    breach('not gp3', { 'aws_launch_template.host.block_device_mappings.0.ebs.volume_type': 'gp2' }),
    breach('does not state its root volume', { 'aws_instance.host.root_block_device': undefined }),
    breach('a volume in clear', { 'aws_ebs_volume.scratch': { type: 'gp3' } }),
  ],
  T39: [
    breach('is reached by a key', { 'aws_instance.host.key_name': 'mine' }),
    breach('is a key pair', { 'aws_key_pair.mine': { key_name: 'mine' } }),
    breach('no role that Session Manager can use', { 'aws_instance.host.iam_instance_profile': undefined }),
    breach('no role that Session Manager can use', { 'aws_iam_role_policy_attachment.host': undefined }),
  ],
  T40: [
    breach('looks like a secret', {
      'aws_instance.host.user_data': `export AWS_ACCESS_KEY_ID=${['AKIA', 'IOSFODNN7EXAMPLE'].join('')}`,
    }),
    breach('looks like a secret', {
      'aws_launch_template.host.user_data': Buffer.from('-----BEGIN PRIVATE KEY-----').toString('base64'),
    }),
    breach('straight from the network', {
      'aws_instance.host.user_data': 'curl -fsSL https://example.com/install | sudo bash',
    }),
    breach('of unknown origin', { 'aws_instance.host.ami': 'ami-12345678' }),
    breach('of unknown origin', {
      'aws_instance.host.ami': '${data.aws_ami.host.id}',
      'data.aws_ami.host': { most_recent: true },
    }),
  ],
  T41: [
    breach('lets in everybody', {
      'aws_security_group.tasks.ingress': [{ description: 'SSH', from_port: 22, cidr_blocks: [ANYWHERE] }],
    }),
    breach('lets in everybody', {
      'aws_vpc_security_group_ingress_rule.all': { description: 'all', cidr_ipv6: '::/0' },
    }),
    breach('lets everything out', { 'aws_vpc_security_group_egress_rule.https.ip_protocol': '-1' }),
    breach('a rule without a description', {
      'aws_vpc_security_group_egress_rule.https.description': undefined,
    }),
    breach('has no description', { 'aws_security_group.tasks.description': undefined }),
    breach('lets in everybody', {
      'aws_security_group_rule.all': { type: 'ingress', description: 'all', cidr_blocks: [ANYWHERE] },
    }),
  ],
  T50: [
    breach('open default security group', { 'aws_default_security_group.closed': undefined }),
    breach('open default security group', {
      'aws_default_security_group.closed.ingress': [{ self: true, protocol: '-1' }],
    }),
    breach('no flow logs', { 'aws_flow_log.flows.traffic_type': 'REJECT' }),
    breach('through a NAT', { 'aws_vpc_endpoint.s3': undefined }),
  ],
};
