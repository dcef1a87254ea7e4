import { readField, readText } from '../../../src/index.ts';
import type { Finding } from './finding.ts';

/** What can be seen of other tracing in a process and its project. */
export interface Surroundings {
  /** What OpenTelemetry's API registered: `globalThis[Symbol.for('opentelemetry.js.api.1')]`. */
  readonly openTelemetry: unknown;
  /** The `package.json` of the working directory; undefined when there is none. */
  readonly manifest: unknown;
}

/** Packages that write to Langfuse by themselves, and what they trace. */
const otherExporters: Readonly<Record<string, string>> = {
  '@langfuse/otel': 'every OpenTelemetry span that it is given',
  '@langfuse/langchain': 'LangChain runs',
  '@langfuse/openai': 'OpenAI calls',
  'langfuse-langchain': 'LangChain runs',
  'langfuse-vercel': 'AI SDK calls',
};

/** Who else writes to Langfuse, and whether spans of others would find our runs. */
export function checkInstrumentation({
  openTelemetry,
  manifest,
}: Surroundings): readonly Finding[] {
  const dependencies = {
    ...asObject(readField(manifest, 'dependencies')),
    ...asObject(readField(manifest, 'devDependencies')),
  };
  const found = [
    ...Object.entries(otherExporters)
      .filter(([name]) => Object.hasOwn(dependencies, name))
      .map(([name, what]) => toSecondExporter(`package.json lists ${name}`, what)),
    ...registeredFindings(openTelemetry),
  ];
  if (found.length > 0) return found;
  const seen = openTelemetry === undefined ? 'OpenTelemetry is not registered here' : 'no conflict';
  return [{ check: 'instrumentation', status: 'ok', found: `nothing else traces: ${seen}` }];
}

function toSecondExporter(where: string, what: string): Finding {
  return {
    check: 'instrumentation',
    status: 'warning',
    found: `${where}, which sends ${what} to Langfuse as well`,
    fix: 'Let one of the two trace a run: the same run sent by both is there twice, with its cost counted twice.',
  };
}

function registeredFindings(openTelemetry: unknown): readonly Finding[] {
  if (openTelemetry === undefined) return [];
  const provider = delegateOf(readField(openTelemetry, 'trace'));
  const processors = processorsOf(provider).map(className);
  const findings = processors
    .filter((name) => /Langfuse/.test(name))
    .map((name) => toSecondExporter(`${name} is registered`, 'OpenTelemetry spans'));
  if (provider !== undefined && readField(openTelemetry, 'context') === undefined) {
    findings.push({
      check: 'instrumentation',
      status: 'warning',
      found: 'OpenTelemetry has a tracer provider and no context manager',
      fix: 'Register AsyncLocalStorageContextManager (provider.register() or NodeSDK does it): without one no span finds its parent.',
    });
  }
  if (findings.length > 0 || provider === undefined) return findings;
  const list = processors.length === 0 ? '' : ` with ${processors.join(', ')}`;
  return [
    {
      check: 'instrumentation',
      status: 'ok',
      found: `OpenTelemetry is registered${list}; spans inside a run nest under it`,
    },
  ];
}

/** The API registers a proxy that leads to the provider of the SDK. */
function delegateOf(provider: unknown): unknown {
  const getDelegate = readField(provider, 'getDelegate');
  if (typeof getDelegate !== 'function') return provider;
  try {
    return Reflect.apply(getDelegate, provider, []);
  } catch {
    return provider;
  }
}

// The SDK keeps them in a private field; its name is that of version 2, and a look that finds nothing says nothing.
function processorsOf(provider: unknown): readonly unknown[] {
  const active = readField(provider, '_activeSpanProcessor');
  const list = readField(active, '_spanProcessors');
  if (Array.isArray(list)) return list;
  return active === undefined ? [] : [active];
}

function className(value: unknown): string {
  return readText(readField(value, 'constructor'), 'name') ?? 'a span processor';
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
