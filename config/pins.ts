/** Which image the task definitions run; written by a push, read by synthesis. */
export interface ImagePin {
  /** Repository URI without tag. */
  readonly repository: string;
  /** Hash of what goes into the image. */
  readonly tag: string;
  /** `sha256:...` as the registry gave it back; absent until the image is pushed. */
  readonly digest?: string;
}

/** By image name; today there is one, `worker`. */
export type ImagePins = Readonly<Record<string, ImagePin>>;
