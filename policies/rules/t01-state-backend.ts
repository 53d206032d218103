import { isTrue, text } from './attributes.ts';
import { fault, judgeStacks, type Rule } from './rule.ts';

export const t01: Rule = {
  id: 'T01',
  demand:
    'Every stack keeps its state in S3, encrypted and with a native lock file, under a key that names project, environment and stack; in a file of its own when the target is the emulator.',
  reason:
    'State in clear text or without a lock leaks and tears; a key that another environment could share overwrites that environment.',
  sameAs: {},
  check: (model) => {
    const { project, name, target } = model.environment;
    return judgeStacks(model, 'terraform.backend', ({ name: stack, terraform }) => {
      const short = stack.replace(`${project}-${name}-`, '');
      if (target === 'sandbox') {
        const path = text(terraform, 'backend', 'local', 'path') ?? '';
        return [
          [name, short].every((part) => path.includes(part)) ||
            fault('keeps no local state of its own', 'Give it its backend with keepState().'),
        ];
      }
      const key = text(terraform, 'backend', 's3', 'key') ?? '';
      return [
        isTrue(terraform, 'backend', 's3', 'encrypt') ||
          fault('does not encrypt its state', 'Set encrypt in the S3 backend.'),
        isTrue(terraform, 'backend', 's3', 'use_lockfile') ||
          fault('does not lock its state', 'Set use_lockfile in the S3 backend.'),
        [project, name, short].every((part) => key.split(/[/.]/).includes(part)) ||
          fault(
            `has the state key "${key}", which does not name project, environment and stack`,
            'Use stateKey() of config/names.ts.',
          ),
      ];
    });
  },
};
