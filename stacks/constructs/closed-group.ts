import { SecurityGroup } from '../aws.ts';
import type { Construct } from '../cdktf.ts';
import { forget } from '../environment-stack.ts';

/**
 * A security group whose members nobody speaks to, and who speak HTTPS alone. Its rules are its own attributes, so
 * that one which somebody adds is a change that the next deploy takes back.
 * @param rule name of what the rule was while it was a resource of its own
 */
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
    ingress: [],
    egress: [
      {
        description: `HTTPS to ${to}`,
        protocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        cidrBlocks: ['0.0.0.0/0'],
      },
    ],
  });
  forget(scope, `aws_vpc_security_group_egress_rule.${rule}`);
  return made;
};
