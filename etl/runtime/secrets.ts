/**
 * Values of a feed's secrets by the names of its declaration. Values never appear in errors or logs.
 */
export interface Secrets {
  /** @returns the fields of the secret, or undefined when nobody gave a value yet */
  get(feed: string, name: string): Promise<Readonly<Record<string, string>> | undefined>;
}
