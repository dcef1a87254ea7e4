import { parse } from 'dotenv';
import { cleanedText } from '../../langfuse/environment.ts';
import type { Finding } from './finding.ts';

/** Where variables may stand. */
export interface VariableSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of `.env` in the working directory; empty when there is none. */
  readonly dotenvText: string;
  /** Why the `.env` that is there cannot be read; undefined when it can, or when there is none. */
  readonly dotenvProblem?: string | undefined;
}

interface Variable {
  readonly name: string;
  readonly value: string;
  readonly place: 'the environment' | '.env';
}

const addressNames = ['LANGFUSE_BASE_URL', 'LANGFUSE_BASEURL', 'LANGFUSE_HOST'] as const;

/** Which variables are seen and where, and what is wrong with their form. Pure; no value of a key is shown. */
export function checkEnvironment({
  env,
  dotenvText,
  dotenvProblem,
}: VariableSources): readonly Finding[] {
  const file = parse(dotenvText);
  const find = (name: string): Variable | undefined => {
    const own = cleanedText(env[name]);
    if (own !== undefined) return { name, value: own, place: 'the environment' };
    const written = cleanedText(file[name]);
    return written === undefined ? undefined : { name, value: written, place: '.env' };
  };
  const publicKey = find('LANGFUSE_PUBLIC_KEY');
  const secretKey = find('LANGFUSE_SECRET_KEY');
  const overridden = Object.keys(file).filter(
    (name) => name.startsWith('LANGFUSE_') && isOverridden(name, { env, file }),
  );
  return [
    ...dotenvFindings(dotenvProblem),
    keyFinding('LANGFUSE_PUBLIC_KEY', publicKey, 'pk-lf-'),
    keyFinding('LANGFUSE_SECRET_KEY', secretKey, 'sk-lf-'),
    ...addressFindings(addressNames.map(find).filter((variable) => variable !== undefined)),
    ...sampleRateFindings(find('LANGFUSE_SAMPLE_RATE')),
    ...overridden.map(toOverriddenFinding),
  ];
}

function dotenvFindings(problem: string | undefined): readonly Finding[] {
  if (problem === undefined) return [];
  return [
    {
      check: 'environment',
      status: 'failed',
      found: `.env of the working directory cannot be read (${problem}), so nothing in it counts`,
      fix: 'Give this user permission to read it, or set the variables in the environment.',
    },
  ];
}

/** Nothing is said of a rate of 1, which is the default. */
function sampleRateFindings(variable: Variable | undefined): readonly Finding[] {
  if (variable === undefined) return [];
  const { name, value, place } = variable;
  const rate = Number(value);
  if (rate === 1) return [];
  if (!(rate >= 0 && rate < 1)) {
    return [
      {
        check: 'environment',
        status: 'failed',
        found: `${name} in ${place} is no number from 0 to 1, so that createLifecycle() throws`,
        fix: 'Leave it out to send every trace.',
      },
    ];
  }
  return [
    {
      check: 'environment',
      status: 'warning',
      found: `${name} in ${place} is ${value}: ${rate === 0 ? 'no trace is' : 'not all traces are'} sent, unless your code says otherwise`,
      fix: 'Leave it out to send every trace. The probe is sent in any case.',
    },
  ];
}

function isOverridden(
  name: string,
  { env, file }: { readonly env: VariableSources['env']; readonly file: Record<string, string> },
): boolean {
  const own = cleanedText(env[name]);
  return own !== undefined && own !== cleanedText(file[name]);
}

function toOverriddenFinding(name: string): Finding {
  return {
    check: 'environment',
    status: 'warning',
    found: `${name} stands in the environment and in .env with different values; the environment wins`,
    fix: 'Remove the one that is not meant.',
  };
}

const placeholder = /[<>…*]|\.\.\.|x{3}|your/i;

/** The keys that Langfuse makes are UUIDs behind their prefix; those that an operator chose may be anything. */
const cutKey = /^[ps]k-lf-[0-9a-f-]{0,35}$/;

function keyFinding(name: string, variable: Variable | undefined, prefix: string): Finding {
  if (variable === undefined) {
    return {
      check: 'environment',
      status: 'failed',
      found: `${name} is set neither in the environment nor in .env of the working directory`,
      fix: `Copy it from the settings page of your Langfuse project (it starts with ${prefix}).`,
    };
  }
  const { value, place } = variable;
  const other = prefix === 'pk-lf-' ? 'sk-lf-' : 'pk-lf-';
  if (value.startsWith(other)) {
    return {
      check: 'environment',
      status: 'failed',
      found: `${name} in ${place} holds a key that starts with ${other}`,
      fix: 'Swap LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY.',
    };
  }
  if (!value.startsWith(prefix)) {
    return {
      check: 'environment',
      status: 'warning',
      found: `${name} in ${place} does not start with ${prefix} (${value.length} characters)`,
      fix: 'Fine when your own server was set up with such a key; else copy it again.',
    };
  }
  if (placeholder.test(value) || cutKey.test(value)) {
    return {
      check: 'environment',
      status: 'warning',
      found: `${name} in ${place} looks cut or like a placeholder (${value.length} characters)`,
      fix: 'Copy it again from the settings page, whole.',
    };
  }
  return {
    check: 'environment',
    status: 'ok',
    found: `${name} is set in ${place} (${prefix}…, ${value.length} characters)`,
  };
}

function addressFindings(set: readonly Variable[]): readonly Finding[] {
  const [first, ...others] = set;
  if (first === undefined) return [];
  return others
    .filter(
      ({ value }) => value.replace(/(?<!\/)\/+$/, '') !== first.value.replace(/(?<!\/)\/+$/, ''),
    )
    .map(({ name }) => ({
      check: 'environment',
      status: 'warning',
      found: `${first.name} and ${name} name different addresses; ${first.name} wins`,
      fix: `Remove ${name}, or make it the same: other Langfuse SDKs read it.`,
    }));
}
