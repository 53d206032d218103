const DAY_MILLISECONDS = 86_400_000;

/** @param instant in milliseconds @returns whole days, at least 0 */
export const daysSince = (instant: number): number =>
  Math.max(0, Math.floor((Date.now() - instant) / DAY_MILLISECONDS));
