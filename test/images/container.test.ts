import { expect, test } from '@jest/globals';
import { runArguments } from '../../images/container.ts';

test('a container gets what its task definition grants, and values of variables stay out of the arguments', () => {
  const task = {
    family: 'acme-media-dev-freewheel-slots',
    image: 'repository@sha256:0',
    command: ['freewheel.slots'],
    environment: { PEACHES_WIRING: '{}' },
    memoryMiB: 4096,
    vcpu: 0.5,
    user: '1000:1000',
    readOnly: true,
    init: true,
    roleArn: undefined,
  };
  const args = runArguments(
    task,
    { name: 'n', image: 'i' },
    ['PEACHES_WIRING'],
    ['freewheel.slots', '--date', 'D'],
  );
  expect(args.join(' ')).toBe(
    'run --name n --sig-proxy=false --network host --read-only --init --user 1000:1000 --cap-drop ALL ' +
      '--security-opt no-new-privileges --memory 4096m --memory-swap 4096m --cpus 0.5 --env PEACHES_WIRING ' +
      'i freewheel.slots --date D',
  );
});
