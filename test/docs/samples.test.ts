import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { missingFromParent } from '../../mocks/completeness.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { type Block, blocksOf, readPages } from './markdown.ts';
import { createSampleWorkspace } from './sample-workspace.ts';

// A page that nobody reads, to prove that a sample that does not compile is found.
const brokenSample: Block = {
  page: 'broken.md',
  line: 7,
  language: 'ts',
  code: "import { createLifecycle } from 'langfuse-lifecycle';\n\ncreateLifecycle({ sinc: 1 });",
  directive: '',
};

const samples = readPages()
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'ts');
const workspace = createSampleWorkspace([...samples, brokenSample]);
let complaints: readonly string[] = [];

beforeAll(async () => {
  complaints = await workspace.compile();
});

afterAll(() => workspace.remove());

function placeOf({ page, line }: Block): string {
  return `${page}:${line}`;
}

function complaintsAbout({ page, line, code }: Block): readonly string[] {
  const lines = code.split('\n').map((_, index) => `${page}:${line + index}: `);
  return complaints.filter((complaint) => lines.some((place) => complaint.startsWith(place)));
}

describe('a sample of the documentation', () => {
  it.each(samples.map((sample) => [placeOf(sample), sample] as const))(
    '%s compiles',
    (_place, sample) => {
      expect(complaintsAbout(sample)).toEqual([]);
    },
  );

  it('that does not compile is named by page and line', () => {
    expect(complaintsAbout(brokenSample)).toEqual([
      expect.stringMatching(/^broken\.md:9: error TS\d+: .*'sinc'/),
    ]);
  });

  it('belongs to a page: the compiler complains about nothing else', () => {
    const known = new Set([...samples, brokenSample].flatMap(complaintsAbout));

    expect(complaints.filter((complaint) => !known.has(complaint))).toEqual([]);
  });
});

// Programs that bring a destination of their own say `run no-traces`.
const programs = samples.filter(({ directive }) => directive.startsWith('run'));
const testFiles = samples.filter(({ directive }) => directive === 'vitest');

describe('a sample that runs', () => {
  it.each(programs.map((sample) => [placeOf(sample), sample] as const))(
    '%s ends well and leaves complete parents',
    async (_place, sample) => {
      const fake = createFakeLangfuse();
      const server = await serveFakeLangfuse(fake);
      onTestFinished(() => server.close());

      const { publicKey, secretKey } = fake.options;
      const result = await workspace.run(sample, {
        LANGFUSE_PUBLIC_KEY: publicKey,
        LANGFUSE_SECRET_KEY: secretKey,
        LANGFUSE_BASE_URL: server.url,
      });

      expect(result, result.output).toMatchObject({ exitCode: 0 });
      expect(fake.traces().length > 0).toBe(sample.directive === 'run');
      expect(fake.traces().map(missingFromParent)).toEqual(fake.traces().map(() => []));
    },
  );

  it.each(testFiles.map((sample) => [placeOf(sample), sample] as const))(
    '%s passes as a test file',
    async (_place, sample) => {
      const { exitCode, output } = await workspace.runTests(sample);

      expect(output).toMatch(/Tests.*passed/);
      expect(exitCode).toBe(0);
    },
  );

  it('is every sample that does not say why it cannot', () => {
    const unmarked = samples.filter(
      ({ directive }) => !/^(?:run(?: no-traces)?|vitest|compiled, .+)$/.test(directive),
    );

    expect(unmarked.map(placeOf)).toEqual([]);
  });

  it('is there: the README shows a program and a test', () => {
    const places = [...programs, ...testFiles].map(({ page, directive }) => `${page} ${directive}`);

    expect(places).toEqual(expect.arrayContaining(['README.md run', 'README.md vitest']));
  });
});
