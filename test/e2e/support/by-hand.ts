import {
  AuthorizeSecurityGroupIngressCommand,
  CreateRouteCommand,
  DescribeInternetGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import type { clientSettings } from '../../../config/access.ts';

type Settings = ReturnType<typeof clientSettings>;

/** What people do to an account in a hurry, by the SDK. */

/** Turns the first denial of a bucket's policy into leave. */
export const openBucket = async (settings: Settings, Bucket: string): Promise<void> => {
  const s3 = new S3Client(settings);
  const { Policy = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  const open = Policy.replace('"Effect":"Deny"', '"Effect":"Allow"');
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: open }));
  s3.destroy();
};

/** Takes a role's policy, and gives it another one inline and an attached one. */
export const regrant = async (settings: Settings, RoleName: string, PolicyArn: string): Promise<void> => {
  const iam = new IAMClient(settings);
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'permissions' }));
  await iam.send(
    new PutRolePolicyCommand({
      ...{ RoleName, PolicyName: 'more' },
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
      }),
    }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  iam.destroy();
};

/** Lets everybody in by SSH. @param name of the security group */
export const openGroup = async (settings: Settings, name: string): Promise<void> => {
  const ec2 = new EC2Client(settings);
  const { SecurityGroups: [group] = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: [name] }] }),
  );
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: group?.GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  );
  ec2.destroy();
};

/** Sends part of a table's traffic straight to the internet. @param name tag of the route table */
export const reroute = async (settings: Settings, name: string, target: string): Promise<void> => {
  const ec2 = new EC2Client(settings);
  const { RouteTables: [table] = [] } = await ec2.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'tag:Name', Values: [name] }] }),
  );
  const { InternetGateways: [gateway] = [] } = await ec2.send(
    new DescribeInternetGatewaysCommand({
      Filters: [{ Name: 'attachment.vpc-id', Values: [table?.VpcId ?? ''] }],
    }),
  );
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: table?.RouteTableId,
      DestinationCidrBlock: target,
      GatewayId: gateway?.InternetGatewayId,
    }),
  );
  ec2.destroy();
};
