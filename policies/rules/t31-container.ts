import { blocks, isTrue, text, texts } from './attributes.ts';
import { judgeContainers } from './containers.ts';
import { fault, type Rule } from './rule.ts';

const ROOT = /^(?:|0|root)(?::.*)?$/;

export const t31: Rule = {
  id: 'T31',
  demand:
    'Every container has a read-only root, a user that is not root, no privileges, no capabilities, and a volume of its own for temporary files.',
  reason: 'Whoever gets into it finds nothing to write to and nothing to rise by.',
  sameAs: { checkov: ['CKV_AWS_334', 'CKV_AWS_335', 'CKV_AWS_336'] },
  check: (model) =>
    judgeContainers(model, (container, task) => {
      const volumes = texts(task.values, 'volume', 'name');
      const mounts = blocks(container, 'mountPoints').map((mount) => text(mount, 'sourceVolume') ?? '');
      return [
        isTrue(container, 'readonlyRootFilesystem') ||
          fault('can write to its root', 'Set readonlyRootFilesystem.'),
        !ROOT.test(text(container, 'user') ?? '') || fault('runs as root', 'Set user to a number above 0.'),
        !isTrue(container, 'privileged') || fault('is privileged', 'Leave privileged out.'),
        texts(container, 'linuxParameters', 'capabilities', 'drop').includes('ALL') ||
          fault('keeps capabilities', 'Drop ALL.'),
        texts(container, 'linuxParameters', 'capabilities', 'add').length === 0 ||
          fault('adds capabilities', 'Add none.'),
        mounts.some((volume) => volumes.includes(volume)) ||
          fault('has nowhere to write temporary files', 'Mount a volume of the task.'),
        text(task.values, 'pid_mode') === undefined ||
          fault('shares process ids with the host', 'Leave pid_mode out.'),
      ];
    }),
};
