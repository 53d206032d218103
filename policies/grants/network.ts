import { arnOf } from '../../config/names.ts';
import type { Environment } from '../../config/environment.ts';
import { anything, grant, made, tagged, type Grant, type Grants } from './grant.ts';

const ec2Resource = (env: Environment): string[] => [arnOf(env, 'ec2', '*/*')];

const ec2 = (make: string, change: string, read: string): readonly Grant[] => [
  ...(make === '' ? [] : [grant('ec2', `${make} CreateTags`, ec2Resource, made)]),
  ...(change === '' ? [] : [grant('ec2', `${change} CreateTags DeleteTags`, ec2Resource, tagged)]),
  grant('ec2', read, anything),
];

/** What is made within something of ours, a subnet within its VPC: the right is asked for on both. */
const ec2Within = (make: string, change: string, read: string): readonly Grant[] => [
  ...ec2(make, change, read),
  grant('ec2', make, ec2Resource, tagged),
];

/** The network and the template of the host: what EC2 keeps. */
export const network: Grants = {
  aws_vpc: ec2(
    'CreateVpc',
    'DeleteVpc ModifyVpcAttribute',
    'DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups',
  ),
  aws_subnet: ec2Within(
    'CreateSubnet',
    'DeleteSubnet ModifySubnetAttribute',
    'DescribeSubnets DescribeNetworkInterfaces',
  ),
  aws_internet_gateway: ec2(
    'CreateInternetGateway',
    'AttachInternetGateway DetachInternetGateway DeleteInternetGateway',
    'DescribeInternetGateways',
  ),
  aws_eip: ec2(
    'AllocateAddress',
    'ReleaseAddress DisassociateAddress',
    'DescribeAddresses DescribeAddressesAttribute DescribeNetworkInterfaces',
  ),
  aws_nat_gateway: ec2Within('CreateNatGateway', 'DeleteNatGateway', 'DescribeNatGateways'),
  aws_route_table: ec2Within(
    'CreateRouteTable',
    'DeleteRouteTable CreateRoute DeleteRoute ReplaceRoute',
    'DescribeRouteTables',
  ),
  aws_route_table_association: ec2(
    '',
    'AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation',
    'DescribeRouteTables',
  ),
  aws_vpc_endpoint: ec2Within(
    'CreateVpcEndpoint',
    'DeleteVpcEndpoints ModifyVpcEndpoint',
    'DescribeVpcEndpoints DescribePrefixLists',
  ),
  aws_default_security_group: ec2(
    '',
    'AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress RevokeSecurityGroupEgress',
    'DescribeSecurityGroups DescribeSecurityGroupRules',
  ),
  aws_security_group: [
    ...ec2(
      'CreateSecurityGroup',
      'DeleteSecurityGroup AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress RevokeSecurityGroupEgress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress',
      'DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkInterfaces',
    ),
    grant('ec2', 'CreateSecurityGroup', (env) => [arnOf(env, 'ec2', 'vpc/*')]),
  ],
  aws_flow_log: ec2Within('CreateFlowLogs', 'DeleteFlowLogs', 'DescribeFlowLogs'),
  aws_launch_template: ec2(
    'CreateLaunchTemplate',
    'CreateLaunchTemplateVersion DeleteLaunchTemplate ModifyLaunchTemplate',
    'DescribeLaunchTemplates DescribeLaunchTemplateVersions',
  ),
  'data.aws_availability_zones': [grant('ec2', 'DescribeAvailabilityZones', anything)],
};
