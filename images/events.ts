import type { Platform } from './platform.ts';

/** What happens to an image, for whoever shows it. */
export type ImageEvent =
  | { readonly kind: 'planned'; readonly image: string; readonly tag: string; readonly platform: Platform }
  /** The registry has this very content: nothing is built, nothing pushed. */
  | { readonly kind: 'unchanged'; readonly image: string; readonly tag: string; readonly digest: string }
  /** The engine has this very content: nothing is built. */
  | { readonly kind: 'present'; readonly image: string; readonly tag: string; readonly platform: Platform }
  | {
      readonly kind: 'building';
      readonly image: string;
      readonly tag: string;
      readonly platform: Platform;
      readonly builder: string;
    }
  | {
      readonly kind: 'built';
      readonly image: string;
      readonly tag: string;
      readonly platform: Platform;
      readonly seconds: number;
    }
  | { readonly kind: 'pushing'; readonly image: string; readonly tag: string; readonly repository: string }
  | { readonly kind: 'retrying'; readonly image: string; readonly attempt: number; readonly reason: string }
  | {
      readonly kind: 'pushed';
      readonly image: string;
      readonly tag: string;
      readonly digest: string;
      readonly seconds: number;
    }
  /** A line of the engine's own. */
  | { readonly kind: 'line'; readonly image: string; readonly line: string };

export type OnImageEvent = (event: ImageEvent) => void;

/** @returns a function that gives the seconds since now, to a tenth */
export const stopwatch = (): (() => number) => {
  const start = performance.now();
  return () => Math.round((performance.now() - start) / 100) / 10;
};
