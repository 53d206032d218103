import { anEnvironment } from '../../../support/environment.ts';

/** The environment to which the small account of these tests belongs. */
export const environment = anEnvironment({
  account: '111122223333',
  region: 'eu-west-1',
  monthlyBudgetUsd: 100,
  alarmEmail: 'data@example.com',
  feeds: { demo: {} },
});

export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${service === 'iam' ? '' : 'eu-west-1'}:111122223333:${resource}`;

export const objects = (bucket: string, prefix = ''): string => `arn:aws:s3:::${bucket}/${prefix}*`;

/** Trust in one service, on behalf of this account. */
export const trust = (service: string) => ({
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: `${service}.amazonaws.com` },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
    },
  ],
});

export const role = (name: string, service: string) => ({
  name: `acme-dev-${name}`,
  permissions_boundary: arn('iam', 'policy/acme-dev-boundary'),
  assume_role_policy: trust(service),
});

export const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

export const refuseClear = (Action: string, Resource: string | string[]) => ({
  Effect: 'Deny',
  Principal: '*',
  Action,
  Resource,
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});
