import { repositoryUri } from '../../config/names.ts';
import { text } from './attributes.ts';
import { judgeContainers } from './containers.ts';
import { fault, type Rule } from './rule.ts';

const DIGEST = /^[^@]+@sha256:[0-9a-f]{64}$/;
/** Stands in a task definition before its image was ever built, and can't be pulled. */
const NOT_BUILT = /:not-built$/;
/** A content hash under a tag that the repository keeps from changing: the emulator has no registry, so no digest. */
const BY_CONTENT = /^[^@]+:[0-9a-f]{20}$/;

export const t30: Rule = {
  id: 'T30',
  demand:
    "Every container names its image by digest, from a repository of the environment; before the first build, one that can't be pulled; in the sandbox, which has no registry, by the tag of its content.",
  reason: 'What was tested is what runs, and a plan shows when it changes.',
  sameAs: {},
  check: (model) =>
    judgeContainers(model, (container) => {
      const image = text(container, 'image') ?? '';
      return [
        DIGEST.test(image) ||
          NOT_BUILT.test(image) ||
          (model.environment.target === 'sandbox' && BY_CONTENT.test(image)) ||
          fault(`names its image as "${image}"`, 'Push the image, so that its digest is pinned.'),
        image.startsWith(repositoryUri(model.environment, '')) ||
          fault(`runs "${image}", of no repository of the environment`, 'Use repositoryUri().'),
      ];
    }),
};
