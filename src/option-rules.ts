/** What the value of an option has to be. `expected` is how an error names it. */
export interface ValueRule {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

/** A rule for each option; a group of options has rules of its own. */
export type OptionRules<Options> = {
  readonly [Option in keyof Options]-?: ValueRule | OptionRules<NonNullable<Options[Option]>>;
};

type Rules = { readonly [option: string]: ValueRule | Rules };

/**
 * What is wrong with options, one sentence each; nothing when they can be used. Values are described and not repeated,
 * for they may hold secrets. By hand and not a zod schema: every program checks options while it starts, and loading
 * zod for it would cost more than the rest of the start.
 */
export function findOptionProblems(options: unknown, rules: object, path = ''): readonly string[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [`${path || 'options'}: expected an object, received ${describe(options)}`];
  }
  return Object.entries(options).flatMap(([name, value]) => {
    const place = path === '' ? name : `${path}.${name}`;
    const rule = Object.hasOwn(rules, name) ? (rules as Rules)[name] : undefined;
    if (rule === undefined) return [`unknown option ${place}; check its spelling`];
    if (value === undefined) return [];
    if (!isValueRule(rule)) return findOptionProblems(value, rule, place);
    if (rule.holds(value)) return [];
    return [`${place}: expected ${rule.expected}, received ${describe(value)}`];
  });
}

/** Whether it can be called. */
export function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isValueRule(rule: ValueRule | Rules): rule is ValueRule {
  return isFunction(rule['holds']);
}

function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null)
    return String(value);
  if (typeof value === 'string') return 'a text';
  return value === undefined
    ? 'nothing'
    : `a value of type ${Array.isArray(value) ? 'array' : typeof value}`;
}
