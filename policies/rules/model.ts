import type { Environment } from '../../config/environment.ts';
import { blocks, mapStrings, text, texts, type Block } from './attributes.ts';
import type { Declarations } from './declarations.ts';
import { References, type StackJson } from './references.ts';

/** A resource or data source, its texts in the one form of references.ts. */
export interface Resource {
  readonly stack: string;
  /** `aws_s3_bucket`; of a data source `data.aws_ami`. */
  readonly type: string;
  readonly address: string;
  readonly values: Block;
}

export interface Stack {
  readonly name: string;
  /** What its provider's tag `feed` says; `shared` for what all feeds stand on. */
  readonly feed: string | undefined;
  readonly terraform: Block;
  readonly providers: Readonly<Record<string, readonly Block[]>>;
  readonly outputs: Readonly<Record<string, Block>>;
  readonly resources: readonly Resource[];
}

/** The Terraform JSON of one stack, by stack name. */
export type AppJson = Readonly<Record<string, Block>>;

const OF_RESOURCE = /^@\{([^:]+):((?:data\.)?[^.]+\.[^.]+)\.[^}]*\}/;

/** All stacks of an environment, with the references between them followed. */
export class Model {
  readonly environment: Environment;
  readonly declarations: Declarations;
  readonly stacks: readonly Stack[];
  readonly #byAddress = new Map<string, Resource>();
  readonly #byIdentity = new Map<string, Resource>();

  constructor(environment: Environment, declarations: Declarations, app: AppJson) {
    this.environment = environment;
    this.declarations = declarations;
    const raw = Object.entries(app).map(([name, json]) => stackJson(name, json));
    const references = new References(environment, raw);
    this.stacks = raw.map((stack) => this.#stack(stack, app[stack.name] ?? {}, references));
  }

  /** Resources of these types, in all stacks. */
  of(...types: readonly string[]): Resource[] {
    return this.stacks.flatMap(({ resources }) => resources.filter(({ type }) => types.includes(type)));
  }

  /** The resource of a type that a text leads to, by reference, name or ARN. */
  find(type: string, value: string | undefined): Resource | undefined {
    if (value === undefined) return undefined;
    const [, stack = '', address = ''] = OF_RESOURCE.exec(value) ?? [];
    const found = this.#byAddress.get(`${stack}:${address}`) ?? this.#byIdentity.get(`${type}:${value}`);
    return found?.type === type ? found : undefined;
  }

  /** Resources of a type that belong to another one. @param attribute of theirs that leads to it */
  attached(to: Resource, type: string, attribute: string): Resource[] {
    return this.of(type).filter(({ values }) => this.find(to.type, text(values, attribute)) === to);
  }

  #stack(raw: StackJson, json: Block, references: References): Stack {
    const form = (value: unknown) => mapStrings(value, (part) => references.follow(raw, part));
    const resources = [...raw.declared].map(([address, { type, values }]) => {
      const resource = { stack: raw.name, type, address, values: form(values) as Block };
      this.#byAddress.set(`${raw.name}:${address}`, resource);
      for (const identity of references.identities(raw, { type, values })) {
        this.#byIdentity.set(`${type}:${identity}`, resource);
      }
      return resource;
    });
    const providers = Object.fromEntries(
      Object.keys(blocks(json, 'provider')[0] ?? {}).map((name) => [name, blocks(json, 'provider', name)]),
    );
    return {
      name: raw.name,
      feed: texts(json, 'provider', 'aws', 'default_tags', 'tags', 'feed')[0],
      terraform: raw.terraform,
      providers,
      outputs: form(raw.outputs) as Stack['outputs'],
      resources,
    };
  }
}

const stackJson = (name: string, json: Block): StackJson => {
  const section = (part: string): [string, Block][] =>
    blocks(json, part).flatMap((types) =>
      Object.entries(types).flatMap(([type, named]) =>
        type === '//'
          ? []
          : blocks({ named }, 'named').flatMap((byName) =>
              Object.entries(byName).map(([id, values]): [string, Block] => [
                `${part === 'data' ? 'data.' : ''}${type}.${id}`,
                values as Block,
              ]),
            ),
      ),
    );
  const declared = [...section('resource'), ...section('data')].map(
    ([address, values]) => [address, { type: address.slice(0, address.lastIndexOf('.')), values }] as const,
  );
  return {
    name,
    terraform: blocks(json, 'terraform')[0] ?? {},
    outputs: (blocks(json, 'output')[0] ?? {}) as StackJson['outputs'],
    declared: new Map(declared),
  };
};
