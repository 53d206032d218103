import { jest } from '@jest/globals';
import { tmpdir } from 'node:os';
import { emulatorLack } from './support/command-line.ts';
import { testLife } from './support/lifecycle.ts';
import { describeWith } from './support/prerequisites.ts';

jest.setTimeout(300_000);

describeWith(await emulatorLack(tmpdir()), 'the life of an environment on a host', () => {
  const members = { stack: 'host', address: 'aws_security_group.closed', group: 'tasks-acme-dev-host' };
  testLife(members, { compute: 'ec2' });
});
