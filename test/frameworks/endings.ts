import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createLifecycle, type Diagnostic, type Lifecycle } from '../../adapters/index.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';
import type { FakeTrace } from '../../mocks/fake-langfuse.ts';
import { type MockLangfuse, mockLangfuse } from '../../mocks/node.ts';
import '../../mocks/vitest.ts';

/** What one trace that a row leaves must say. */
export interface ExpectedTrace {
  readonly status: 'completed' | 'error' | 'suspended';
  readonly reason: string;
  /** Default: none. */
  readonly conversationId?: string;
  /** Where it was found; default `missing`. */
  readonly conversationSource?: string;
}

/** The trace of a run that came to its end. */
export const completed: ExpectedTrace = { status: 'completed', reason: 'stop' };

/** The trace of a run that ended in an error. */
export function failed(reason: string): ExpectedTrace {
  return { status: 'error', reason };
}

/** The trace of a run that waits. */
export function suspended(reason: string): ExpectedTrace {
  return { status: 'suspended', reason };
}

/** One way in which a framework's run can end, on the real framework. */
export interface EndingRow {
  /** What happens, for example `the model throws`; unique in its matrix. */
  readonly ending: string;
  /** What the caller of the framework sees, for the documentation, for example `rejects with the model's error`. */
  readonly call: string;
  /** The traces that are left, in the order in which they started. */
  readonly expected: readonly ExpectedTrace[];
  /**
   * The program: it sets up the framework with its own mock model, runs it, and gives what its caller saw in a form
   * that can be compared. Without a lifecycle it must leave us out and do everything else the same.
   */
  run(lifecycle: Lifecycle | undefined): Promise<unknown>;
  /** What else must hold of the traces. */
  check?(traces: readonly FakeTrace[]): void;
  /** Diagnostics of these codes are expected; any other warning or error fails the row. */
  readonly diagnostics?: readonly Diagnostic['code'][];
}

const wires = [
  { wire: 'legacy ingestion', writeMode: 'legacy' },
  { wire: 'OTLP', writeMode: 'events_only' },
] as const;

/**
 * The endings matrix of one integration. Each row runs on both wires against the fake Langfuse and once without us;
 * its traces must be complete parents with the ending that is expected, and its caller must see the same.
 */
export function describeEndings(framework: string, rows: readonly EndingRow[]): void {
  describe.each(wires)(`${framework}, on $wire`, ({ writeMode }) => {
    const mock = mockLangfuse({ writeMode });
    beforeAll(() => mock.listen());
    afterEach(() => mock.reset());
    afterAll(() => mock.close());

    it.each(rows.map((row) => [row.ending, row] as const))('%s', async (_ending, row) => {
      const { outside, traces, problems } = await traced(mock, row);

      expect(problems).toEqual([]);
      for (const trace of traces) expect(trace).toBeCompleteParent();
      expect(traces.map(toEnding)).toEqual(row.expected.map(withDefaults));
      row.check?.(traces);
      expect(outside).toEqual(await row.run(undefined));
    });
  });

  it(`docs/frameworks.md has the endings of ${framework} (UPDATE_DOCS=1 writes them)`, () => {
    const page = new URL('../../docs/frameworks.md', import.meta.url);
    const marked = new RegExp(
      `(?<=<!-- endings: ${framework} -->\\n)[^]*?(?=<!-- endings end -->)`,
    );
    const before = readFileSync(page, 'utf8');
    const table = toTable(rows);
    if (process.env['UPDATE_DOCS'] === '1')
      writeFileSync(
        page,
        before.replace(marked, () => table),
      );

    expect(marked.exec(readFileSync(page, 'utf8'))?.[0]).toBe(table);
  });
}

async function traced(
  mock: MockLangfuse,
  row: EndingRow,
): Promise<{
  readonly outside: unknown;
  readonly traces: readonly FakeTrace[];
  readonly problems: readonly string[];
}> {
  const problems: string[] = [];
  const lifecycle = createLifecycle({
    sink: langfuse({ env: mock.env, dotenv: false }),
    onDiagnostic({ code, severity, message }) {
      if (severity !== 'info' && row.diagnostics?.includes(code) !== true) problems.push(message);
    },
  });
  const outside = await row.run(lifecycle);
  const report = await lifecycle.shutdown();
  if (report.pending > 0) problems.push(`${report.pending} records were not delivered`);
  const traces = mock.fake.traces().toSorted((one, other) => startOf(one) - startOf(other));
  return { outside, traces, problems };
}

function startOf(trace: FakeTrace): number {
  return Date.parse(trace.root?.startTime ?? '');
}

function toEnding({ root, sessionId }: FakeTrace): Required<ExpectedTrace> {
  const { status, reason, conversation_id_source } = root?.metadata ?? {};
  return {
    status: status as ExpectedTrace['status'],
    reason: String(reason),
    conversationId: sessionId ?? '',
    conversationSource: String(conversation_id_source),
  };
}

function withDefaults(expected: ExpectedTrace): Required<ExpectedTrace> {
  return { conversationId: '', conversationSource: 'missing', ...expected };
}

/** The matrix as its page shows it. */
function toTable(rows: readonly EndingRow[]): string {
  const lines = rows.map(({ ending, call, expected }) => {
    const endings = expected.map(({ status, reason }) => `\`${status}\` / \`${reason}\``);
    return `| ${ending} | ${call} | ${endings.join(', then ')} |\n`;
  });
  return `| what happens | what the caller sees | the parent |\n|---|---|---|\n${lines.join('')}`;
}

/** What a caller saw of a promise, in a form that can be compared. */
export async function settled(
  promise: PromiseLike<unknown>,
): Promise<{ readonly resolved: unknown } | { readonly rejected: unknown }> {
  try {
    return { resolved: await promise };
  } catch (error) {
    return { rejected: toComparable(error) };
  }
}

function toComparable(error: unknown): unknown {
  return error instanceof Error
    ? { class: error.constructor.name, name: error.name, message: error.message }
    : error;
}
