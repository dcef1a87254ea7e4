import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { environmentSchema } from '../../adapters/langfuse/environment-schema.ts';
import { levelOf, reasonsByStatus } from '../../src/ending.ts';
import type { LangfuseOptions } from '../../adapters/langfuse/index.ts';
import {
  type Diagnostic,
  type DropReason,
  type LifecycleLimits,
  type LifecycleOptions,
  lifecycleEventSchema,
  type RunOptions,
  type SanitizeLimits,
} from '../../src/index.ts';
import { codesIn, type Page, packageFolder, readPage, tableBelow } from './markdown.ts';

const readme = readPage('README.md');
const reference = readPage('docs/reference.md');
const lifecyclePage = readPage('docs/lifecycle.md');
const manifest = JSON.parse(readFileSync(`${packageFolder}/package.json`, 'utf8'));

function firstCodes(page: Page, heading: string): readonly string[] {
  return tableBelow(page, heading).flatMap(([first = '']) => codesIn(first).slice(0, 1));
}

function allCodes(page: Page, heading: string): readonly string[] {
  return tableBelow(page, heading).flatMap(([first = '']) => codesIn(first));
}

function endingsIn(rows: readonly (readonly string[])[]): readonly string[] {
  return rows.flatMap(([status = '', reasons = '']) =>
    codesIn(reasons).map((reason) => `${codesIn(status)[0]}/${reason}`),
  );
}

const endings = Object.entries(reasonsByStatus).flatMap(([status, reasons]) =>
  reasons.map((reason) => `${status}/${reason}`),
);

/** Status, reasons and level of each row, without what happens and what the parent holds. */
const endingsOfReadme = tableBelow(readme, 'How a run ends').map((cells) => cells.slice(1, 4));

describe('the README', () => {
  it('lists every ending', () => {
    expect(endingsIn(endingsOfReadme).toSorted()).toEqual(endings.toSorted());
  });

  it('gives each ending the level that it has', () => {
    const levels = endingsOfReadme.flatMap(([status = '', reasons = '', level]) =>
      codesIn(reasons).map((reason) => [codesIn(status)[0], reason, level]),
    );

    expect(levels).toEqual(
      levels.map(([status, reason]) => [
        status,
        reason,
        levelOf({ status, reason } as Parameters<typeof levelOf>[0]),
      ]),
    );
  });

  it.each(
    tableBelow(readme, 'With your framework').map(([framework, ...cells]) => [framework, cells]),
  )('names for %s an import that there is, and uses it', async (_framework, cells) => {
    const [importLine = '', use = ''] = cells.flatMap(codesIn);
    const [, name = '', entry = ''] = /^import \{ (\w+) \} from '(.+)'$/.exec(importLine) ?? [];

    const file = manifest.exports[entry.replace('langfuse-lifecycle', '.')]?.default;

    expect(await import(join(packageFolder, file))).toHaveProperty(name, expect.any(Function));
    expect(use).toContain(`${name}(`);
  });

  it('shows the two first commands as they are', () => {
    expect(readme.text.split('\n')).toEqual(
      expect.arrayContaining(['npm ci && npm run demo', 'npm ci && npm test']),
    );
  });
});

describe('docs/reference.md', () => {
  it('lists every entry', () => {
    const entries = Object.keys(manifest.exports).map((entry) =>
      entry.replace(/^\./, 'langfuse-lifecycle'),
    );

    expect(firstCodes(reference, 'Entries').toSorted()).toEqual(entries.toSorted());
  });

  it('lists variables that are read and that .env.example explains', () => {
    const named = new Set(
      tableBelow(reference, 'Variables').flatMap((cells) =>
        codesIn(cells.join()).filter((code) => code.startsWith('LANGFUSE_')),
      ),
    );
    const read = Object.keys(
      environmentSchema.parse(Object.fromEntries([...named].map((name) => [name, 'x']))),
    );
    const explained = readFileSync(`${packageFolder}/.env.example`, 'utf8');

    expect(read.toSorted()).toEqual([...named].toSorted());
    expect([...named].filter((name) => !explained.includes(`${name}=`))).toEqual([]);
  });

  it('lists every option of createLifecycle', () => {
    const options = {
      sink: true,
      sanitize: true,
      conversationId: true,
      sampling: true,
      journalDirectory: true,
      interruption: true,
      limits: true,
      onDiagnostic: true,
      activate: true,
      activeAttributes: true,
      clock: true,
      ids: true,
    } satisfies Record<keyof LifecycleOptions, true>;

    expect(allCodes(reference, 'Options of createLifecycle')).toEqual(Object.keys(options));
  });

  it('lists every limit of a value', () => {
    const limits = {
      maxDepth: true,
      maxEntries: true,
      maxStringLength: true,
      maxTotalSize: true,
    } satisfies Record<keyof SanitizeLimits, true>;

    expect(allCodes(reference, 'How much of a value is kept')).toEqual(Object.keys(limits));
  });

  it('lists every option of the sinks', () => {
    const options = {
      publicKey: true,
      secretKey: true,
      baseUrl: true,
      environment: true,
      release: true,
      wire: true,
      compression: true,
      requestTimeoutMs: true,
      headers: true,
      dotenv: true,
      env: true,
      fetch: true,
    } satisfies Record<keyof LangfuseOptions, true>;

    expect(allCodes(reference, 'Options of the sinks')).toEqual(Object.keys(options));
  });

  it('lists every option of a run', () => {
    const options = {
      name: true,
      input: true,
      conversationId: true,
      inputContext: true,
      userId: true,
      tags: true,
      metadata: true,
      version: true,
      kind: true,
      maxIterations: true,
      signal: true,
      traceSeed: true,
      resumeOf: true,
      retryOf: true,
      conversationCandidates: true,
      conversationContext: true,
    } satisfies Record<keyof RunOptions, true>;

    expect(allCodes(reference, 'Options of a run')).toEqual(Object.keys(options));
  });
});

describe('docs/delivery.md', () => {
  it('lists every limit, and those of the end of the process and of a request', () => {
    const limits = {
      queueBytes: true,
      flushIntervalMs: true,
      batchRecords: true,
      batchBytes: true,
      retryBaseMs: true,
      retryCapMs: true,
      flushTimeoutMs: true,
    } satisfies Record<keyof LifecycleLimits, true>;

    expect(firstCodes(readPage('docs/delivery.md'), 'What each limit does')).toEqual([
      ...Object.keys(limits),
      'interruption.timeoutMs',
      'requestTimeoutMs',
    ]);
  });
});

interface Properties {
  readonly properties?: Readonly<Record<string, { readonly const?: unknown }>>;
  readonly anyOf?: readonly Properties[];
  readonly oneOf?: readonly Properties[];
}

function objectsIn(schema: Properties): readonly Properties[] {
  const nested = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return nested.length === 0 ? [schema] : nested.flatMap(objectsIn);
}

function fieldsByType(): Readonly<Record<string, readonly string[]>> {
  const schema = z.toJSONSchema(lifecycleEventSchema, {
    io: 'input',
    unrepresentable: 'any',
  }) as Properties;
  const fields: Record<string, Set<string>> = {};
  for (const { properties = {} } of objectsIn(schema)) {
    const type = String(properties['type']?.const);
    fields[type] = new Set([...(fields[type] ?? []), ...Object.keys(properties)]);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([type, names]) => [type, [...names].toSorted()]),
  );
}

describe('docs/lifecycle.md', () => {
  it('lists every field of every event', () => {
    const shared = firstCodes(lifecyclePage, 'Every event');
    const start = firstCodes(lifecyclePage, 'step-start');
    const documented = {
      'run-start': firstCodes(lifecyclePage, 'run-start'),
      'run-update': firstCodes(lifecyclePage, 'run-update'),
      'run-end': firstCodes(lifecyclePage, 'run-end'),
      'step-start': start,
      'step-update': start.filter((field) => field !== 'parentStepId'),
      'step-end': [...start, ...firstCodes(lifecyclePage, 'step-end')],
    };

    const all = Object.entries(documented).map(([type, fields]) => [
      type,
      [...shared, ...fields].toSorted(),
    ]);
    expect(Object.fromEntries(all)).toEqual(fieldsByType());
  });

  it('lists every ending', () => {
    expect(endingsIn(tableBelow(lifecyclePage, 'How a run ends')).toSorted()).toEqual(
      endings.toSorted(),
    );
  });

  it('lists every reason of a loss', () => {
    const reasons = {
      disabled: true,
      invalid_event: true,
      late_ending: true,
      memory_limit: true,
      rejected: true,
      too_large: true,
      closed: true,
    } satisfies Record<DropReason, true>;

    expect(firstCodes(lifecyclePage, 'Losses')).toEqual(Object.keys(reasons));
  });
});

describe('docs/troubleshooting.md', () => {
  it('says of every diagnostic what it means', () => {
    const codes = {
      disabled: true,
      unauthorized: true,
      unreachable: true,
      server_error: true,
      wire: true,
      rejected: true,
      too_large: true,
      memory_limit: true,
      late_ending: true,
      late_event: true,
      duplicate_event: true,
      event_without_run: true,
      conversation_conflict: true,
      invalid_event: true,
      closed: true,
      journal: true,
      internal: true,
    } satisfies Record<Diagnostic['code'], true>;

    const page = readPage('docs/troubleshooting.md');

    expect(firstCodes(page, 'What a diagnostic says')).toEqual(Object.keys(codes));
  });
});
