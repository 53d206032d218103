/** What other scanners ask of such resources and these rules do not, and why. */
export interface NotDemanded {
  readonly ids: readonly string[];
  readonly demand: string;
  readonly why: string;
}

export const notDemanded: readonly NotDemanded[] = [
  {
    ids: ['CKV_AWS_144'],
    demand: 'Buckets are copied to another region.',
    why: 'What is raw can be fetched again from its owner, what is derived can be computed again; versions cover mistakes. A second region doubles the cost of the largest part.',
  },
  {
    ids: ['CKV_AWS_143'],
    demand: 'Buckets lock their objects.',
    why: 'Outputs are replaced when a late file changes a day; a lock would forbid it.',
  },
  {
    ids: ['CKV2_AWS_62'],
    demand: 'Buckets send events.',
    why: 'Stages list by prefix and ask the ledger; an event that is lost or doubled changes nothing.',
  },
  {
    ids: ['CKV_AWS_338'],
    demand: 'Logs are kept for a year.',
    why: 'T49 asks it of protected environments; the others keep 90 days.',
  },
  {
    ids: ['CKV_AWS_304', 'CKV2_AWS_57', 'AwsSolutions-SMG4'],
    demand: 'Secrets rotate by a function.',
    why: "The secrets are users at the sources of feeds; AWS can't change their passwords there. `secrets ls` shows their age.",
  },
  {
    ids: ['CKV_AWS_50', 'CKV_AWS_117', 'CKV_AWS_173', 'CKV_AWS_272'],
    demand: 'Functions are traced, in a VPC, signed, and their environment has a key of its own.',
    why: 'No function holds a secret or reaches a private address; its code comes from the same build as the images.',
  },
  {
    ids: ['CKV_AWS_126', 'CKV_AWS_135', 'AwsSolutions-EC28'],
    demand: 'Hosts have detailed monitoring and are EBS-optimised by flag.',
    why: 'Alarms look at what stages did, not at the host; the instance types in use are EBS-optimised by themselves.',
  },
  {
    ids: ['CKV_AWS_97'],
    demand: 'Network file systems of tasks are reached by TLS.',
    why: 'No task has one.',
  },
];
