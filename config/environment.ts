/** Leave to break a rule of docs/rules.md in one place, for a stated reason and time. */
export interface Waiver {
  /** The rule that is waived, `T37`. */
  readonly rule: string;
  /** Addresses that may break it; `*` stands for any text. */
  readonly address: string;
  readonly reason: string;
  /** The last day on which it holds, `2027-01-31`. */
  readonly expires: string;
}

/** What the environment uses as it is; nothing of it is managed, changed or destroyed. */
export interface Existing {
  /** Name of an ECS cluster. */
  readonly cluster?: string | undefined;
  /** Names of buckets by the aliases under which the declarations know them, `freewheel-logs`. */
  readonly buckets?: Readonly<Record<string, string>> | undefined;
  /** ARN of the policy that bounds every role of the environment. */
  readonly boundary?: string | undefined;
  /** A Redshift that was there; whoever owns it lets the stages in. */
  readonly warehouse?: ExistingWarehouse | undefined;
  /** The account's Glue catalog is encrypted already; its settings are one for the whole account. */
  readonly catalogEncryption?: boolean | undefined;
}

/** A Serverless workgroup or a provisioned cluster, by name, and the database in it. */
export type ExistingWarehouse = { readonly database: string } & (
  { readonly workgroup: string } | { readonly cluster: string }
);

/** Size and bounds of the warehouse that is made. */
export interface RedshiftSettings {
  /** Redshift Processing Units that a query starts with. */
  readonly baseCapacity: number;
  /** RPU hours in a month after which queries are refused. */
  readonly monthlyRpuHours: number;
  /** Days for which a daily snapshot is kept. */
  readonly snapshotDays: number;
  /** What one Athena query may read, in GiB. */
  readonly athenaScanGiB: number;
}

/** Why there must be a user, and until when. */
export interface User {
  readonly reason: string;
  /** The last day on which there may be one, `2027-01-31`. */
  readonly expires: string;
}

/** One environment, resolved: inheritance applied, defaults filled in, everything validated. */
export interface Environment {
  /** The project's name, `acme-media`: first part of every resource's name. */
  readonly project: string;
  /** The environment's name, `dev`. */
  readonly name: string;
  /** Twelve digits; commands that write stop when the caller's account is another. */
  readonly account: string;
  readonly region: string;
  readonly target: 'aws' | 'sandbox';
  readonly compute: 'ecs' | 'ec2';
  readonly warehouse: 'redshift' | 'none';
  readonly redshift?: Partial<RedshiftSettings>;
  /** `create`, or the id of an existing VPC. */
  readonly vpc: string;
  /** Private subnets of an existing VPC; empty when the VPC is created. */
  readonly subnets: readonly string[];
  readonly existing?: Existing;
  /** An IAM user for a host outside AWS, which can have no role. */
  readonly user?: User;
  readonly protected: boolean;
  /** Whether `destroy --delete-data` may delete what holds data. Absent: in the sandbox alone. */
  readonly deleteData?: boolean;
  /** Leave to break a rule in one place. */
  readonly waivers?: readonly Waiver[];
  readonly alarmEmail?: string;
  readonly monthlyBudgetUsd?: number;
  /** Selected feeds and their validated parameters. */
  readonly feeds: Readonly<Record<string, unknown>>;
}
