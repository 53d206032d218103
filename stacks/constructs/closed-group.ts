import { SecurityGroup, VpcSecurityGroupEgressRule } from '../aws.ts';
import type { Construct } from '../cdktf.ts';

/** A security group whose members nobody speaks to, and who speak HTTPS alone. */
export const closedGroup = (
  scope: Construct,
  [group, rule]: readonly [group: string, rule: string],
  props: {
    readonly name: string;
    readonly vpcId: string;
    /** `Tasks of toy in acme-dev` */
    readonly of: string;
    /** `AWS and to the sources of the feed` */
    readonly to: string;
  },
): SecurityGroup => {
  const { name, vpcId, of, to } = props;
  const made = new SecurityGroup(scope, group, {
    name,
    description: `${of}: nothing in, HTTPS out`,
    vpcId,
    tags: { Name: name },
  });
  new VpcSecurityGroupEgressRule(scope, rule, {
    securityGroupId: made.id,
    description: `HTTPS to ${to}`,
    ipProtocol: 'tcp',
    fromPort: 443,
    toPort: 443,
    cidrIpv4: '0.0.0.0/0',
  });
  return made;
};
