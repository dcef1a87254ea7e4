import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createLifecycle, type Lifecycle } from '../../src/index.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';
import { event, postBatch } from '../mocks/fake-requests.ts';
import { openViewer, postRun, traceIdOf, type ViewerBench } from './bench.ts';
import { findViolations, hasBrowser, openPage } from './browser.ts';
import { launchBrowser } from './chromium.ts';

const isMissing = !hasBrowser();

let browser: Browser;
beforeAll(async () => {
  if (!isMissing) browser = await launchBrowser();
});
afterAll(() => browser?.close());

function rowOf(page: Page, text: string): Locator {
  return page.locator('.run-row', { hasText: text });
}

function stepOf(page: Page, text: string): Locator {
  return page.getByRole('treeitem').filter({ hasText: text });
}

function panelOf(page: Page): Locator {
  return page.getByRole('region', { name: 'Step' });
}

/** The text of what has the focus, in one line. */
async function focused(page: Page): Promise<string> {
  const text = await page.evaluate('document.activeElement?.textContent ?? ""');
  return String(text).replaceAll(/\s+/g, ' ');
}

/** Forty runs, of which one failed in a tool. */
function postManyRuns({ fake }: ViewerBench): void {
  for (let number = 1; number <= 40; number += 1) {
    const hasFailed = number === 12;
    postRun(fake, {
      number,
      name: `agent-${number}`,
      conversationId: `chat-${number % 4}`,
      input: `question ${number}`,
      ...(hasFailed && {
        status: 'error',
        reason: 'tool_error',
        error: 'the carrier did not answer',
      }),
      steps: [
        {
          name: 'plan',
          type: 'generation',
          input: { messages: [{ role: 'user', content: 'plan it' }] },
          output: 'search first',
          startMs: 0,
          endMs: 400,
          attributes: {
            'gen_ai.request.model': 'gpt-5-mini',
            'langfuse.observation.usage_details': '{"input":1200,"output":34,"total":1234}',
            'langfuse.observation.cost_details': '{"total":0.0123}',
            'langfuse.observation.model.parameters': '{"temperature":0.2}',
            'langfuse.observation.metadata.finish_reason': 'tool_calls',
          },
        },
        {
          name: 'search',
          below: 0,
          startMs: 420,
          endMs: 600,
          ...(hasFailed && { error: 'ECONNREFUSED' }),
        },
        { name: 'answer', type: 'generation', startMs: 610, endMs: 900 },
      ],
    });
  }
}

function lifecycleFor({ url }: ViewerBench): Lifecycle {
  const keys = { publicKey: 'pk-lf-local', secretKey: 'sk-lf-local' };
  return createLifecycle({
    sink: langfuse({ ...keys, baseUrl: url, dotenv: false, env: {} }),
    limits: { flushIntervalMs: 20 },
  });
}

describe.skipIf(isMissing)('the list', () => {
  it.each(['events_only', 'legacy'] as const)(
    'shows a run while it is in progress and when it has ended, without a reload (%s)',
    async (writeMode) => {
      const bench = await openViewer({ writeMode });
      const lifecycle = lifecycleFor(bench);
      const { page, troubles } = await openPage(browser, bench.url);
      await page.evaluate('window.isStillHere = true');

      const run = lifecycle.startRun({
        name: 'live-agent',
        input: 'are you there?',
        conversationId: 'c',
      });
      await rowOf(page, 'live-agent').filter({ hasText: 'in progress' }).waitFor();
      const during = await rowOf(page, 'live-agent').textContent();
      run.fail(new Error('it fell over'));
      await lifecycle.shutdown();
      await rowOf(page, 'live-agent').filter({ hasText: 'exception' }).waitFor();
      const after = await rowOf(page, 'live-agent').textContent();

      expect(during).toMatch(/in progress.*are you there\?.*open/);
      expect(after).toMatch(/error exception.*it fell over.*complete/);
      expect(await page.evaluate('window.isStillHere')).toBe(true);
      expect(await page.locator('.run-row').count()).toBe(1);
      expect(troubles).toEqual([]);
    },
  );

  it('opens a run that is in progress although its duration changes under the mouse', async () => {
    const { url, fake } = await openViewer();
    const startedAt = Date.now();
    postRun(fake, {
      number: 1,
      startedAt,
      without: 'root',
      steps: [{ name: 'search', input: 'x' }],
    });
    const { page } = await openPage(browser, url);
    const duration = page.locator('.run-row .cell-duration');
    const before = (await duration.textContent()) ?? '';

    await page.locator('.run-row .status').hover();
    await page.mouse.down();
    await duration.filter({ hasNotText: before }).waitFor();
    await page.mouse.up();

    await page.getByRole('heading', { name: 'agent', level: 2 }).waitFor();
    expect(page.url()).toContain(traceIdOf(1));
  });

  it('leads to a failing run and to what failed in it with two clicks', async () => {
    const bench = await openViewer();
    postManyRuns(bench);
    const { page } = await openPage(browser, bench.url);

    await page.getByRole('button', { name: 'Errors' }).click();
    await page.locator('.run-row').click();
    await panelOf(page).getByRole('heading', { name: 'search' }).waitFor();

    expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe('agent-12');
    expect(await page.locator('.run-head').textContent()).toMatch(
      /error tool_error.*the carrier did not answer/,
    );
    expect(await panelOf(page).textContent()).toContain('ECONNREFUSED');
  });

  it('narrows by what is typed and keeps that in the address', async () => {
    const bench = await openViewer();
    postManyRuns(bench);
    const { page } = await openPage(browser, bench.url);

    await page.getByRole('searchbox').fill('carrier CHAT-0');
    await rowOf(page, 'agent-12').waitFor();
    await page.getByText('1 run of 40').waitFor();
    await page.reload();
    await rowOf(page, 'agent-12').waitFor();

    expect(await page.getByRole('status').filter({ hasText: 'of 40' }).textContent()).toBe(
      '1 run of 40',
    );
    expect(await page.getByRole('searchbox').inputValue()).toBe('carrier CHAT-0');
  });

  it('keeps what a person looks at in its place when new runs come', async () => {
    const bench = await openViewer();
    for (let number = 1; number <= 300; number += 1)
      postRun(bench.fake, { number, name: `agent-${number}.` });
    const { page } = await openPage(browser, bench.url);
    await page.getByText('300 runs').waitFor();
    await page.mouse.move(600, 400);
    await page.mouse.wheel(0, 3400);
    const before = await rowOf(page, 'agent-190.').boundingBox();

    for (let number = 301; number <= 320; number += 1) postRun(bench.fake, { number });
    await page.getByText('320 runs').waitFor();
    const after = await rowOf(page, 'agent-190.').boundingBox();

    expect(before).not.toBeNull();
    expect(after?.y).toBe(before?.y);
  });

  it('has a few rows in the document for thousands of runs, and reaches the last', async () => {
    const bench = await openViewer();
    for (let number = 1; number <= 3000; number += 1)
      postRun(bench.fake, { number, name: `agent-${number}.` });
    const { page } = await openPage(browser, bench.url);
    await page.getByText('3,000 runs').waitFor();

    await page.keyboard.press('End');
    await rowOf(page, 'agent-1.').waitFor();

    expect(await page.locator('.run-row').count()).toBeLessThan(80);
    expect(await focused(page)).toContain('agent-1.');
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('3001');
  });

  it('says when the server is away, and shows what a new one has when it is back', async () => {
    const first = await openViewer();
    postRun(first.fake, { number: 1, name: 'before' });
    const { page } = await openPage(browser, first.url);
    await rowOf(page, 'before').waitFor();

    await first.close();
    await page.getByText('server away, trying again').waitFor();
    const meanwhile = await page.locator('.run-row').count();
    const second = await openViewer({ port: Number(new URL(first.url).port) });
    postRun(second.fake, { number: 2, name: 'after' });
    await rowOf(page, 'after').waitFor();
    await page.getByText(/^1 run$/).waitFor();

    expect(meanwhile).toBe(1);
    expect(await page.locator('.connection').textContent()).toBe('live');
  });

  it('says how to send something while it is empty', async () => {
    const { url } = await openViewer();

    const { page } = await openPage(browser, url);

    expect(await page.locator('.empty pre').textContent()).toBe(
      `LANGFUSE_BASE_URL=${url}\nLANGFUSE_PUBLIC_KEY=pk-lf-local\nLANGFUSE_SECRET_KEY=sk-lf-local`,
    );
  });

  it('takes a saved file', async () => {
    const [from, to] = [await openViewer(), await openViewer()];
    postRun(from.fake, { number: 1, name: 'from-afar' });
    const saved = await (await fetch(`${from.url}/viewer/api/export`)).text();
    const path = join(tmpdir(), `langfuse-lifecycle-import-${process.pid}.ndjson`);
    await writeFile(path, saved);
    const { page } = await openPage(browser, to.url);

    await page.locator('input[type=file]').setInputFiles(path);
    await rowOf(page, 'from-afar').waitFor();
    const imported = await page.locator('.toast').textContent();
    await writeFile(path, 'nonsense');
    await page.locator('input[type=file]').setInputFiles(path);
    await page.locator('.toast', { hasText: 'Not a data file' }).waitFor();

    expect(imported).toMatch(/^Imported 1 run from /);
  });
});

describe.skipIf(isMissing)('a run', () => {
  it('shows the details of a step: figures, input, output, parameters, metadata', async () => {
    const bench = await openViewer();
    postManyRuns(bench);
    const { page } = await openPage(browser, `${bench.url}/#/runs/${traceIdOf(3)}`);

    await stepOf(page, 'plan').click();
    await panelOf(page).getByRole('heading', { name: 'plan' }).waitFor();

    const facts = await panelOf(page).locator('dl').textContent();
    expect(facts).toContain('Duration400 ms');
    expect(facts).toContain('Modelgpt-5-mini');
    expect(facts).toContain('Tokens1,200 in, 34 out');
    expect(facts).toContain('Cost$0.0123');
    expect(await panelOf(page).getByRole('region', { name: 'Input' }).innerText()).toBe(
      '{\n"messages": [\n{\n"role": "user",\n"content": "plan it"\n}\n]\n}',
    );
    expect(await panelOf(page).getByRole('region', { name: 'Output' }).innerText()).toBe(
      'search first',
    );
    expect(
      await panelOf(page).getByRole('region', { name: 'Model parameters' }).innerText(),
    ).toContain('"temperature": 0.2');
    expect(await panelOf(page).getByRole('region', { name: 'Metadata' }).innerText()).toContain(
      '"finish_reason": "tool_calls"',
    );
    await page.waitForURL(/\/steps\//);
    await page.reload();
    await panelOf(page).getByRole('heading', { name: 'plan' }).waitFor();
  });

  it('explains what an incomplete parent lacks', async () => {
    const { url, fake } = await openViewer();
    postRun(fake, { number: 1, without: 'ending' });
    const { page } = await openPage(browser, url);

    await page.getByRole('button', { name: 'Incomplete' }).click();
    await page.locator('.run-row').click();
    await page.locator('.missing').waitFor();

    const text = await page.locator('.missing').innerText();
    expect(text).toContain('This parent is incomplete: 3 things missing');
    expect(text).toContain('root output expected a result or an error payload, found null');
    expect(text).toContain('A run that ends gives its result, and one that fails its error');
  });

  it('grows while it is open, and changes when it ends', async () => {
    const bench = await openViewer();
    const lifecycle = lifecycleFor(bench);
    const run = lifecycle.startRun({ name: 'slow-agent', input: 'take your time' });
    run.startStep({ kind: 'tool', name: 'first' }).complete('done');
    await lifecycle.flush();
    const { page } = await openPage(browser, `${bench.url}/#/runs/${run.traceId}`);
    await stepOf(page, 'first').waitFor();
    const during = await page.locator('.run-head').textContent();

    run.startStep({ kind: 'tool', name: 'second' }).complete('done');
    await lifecycle.flush();
    await stepOf(page, 'second').waitFor();
    run.complete('there you are');
    await lifecycle.shutdown();
    await page.locator('.run-head', { hasText: 'complete parent' }).waitFor();

    expect(during).toMatch(/in progress.*so far.*Not ended yet/);
    expect(await panelOf(page).getByRole('region', { name: 'Output' }).innerText()).toBe(
      'there you are',
    );
  });

  it('that was forgotten stays on the page, which says so', async () => {
    const { url, fake } = await openViewer();
    postRun(fake, { number: 1, name: 'old-agent' });
    const { page } = await openPage(browser, `${url}/#/runs/${traceIdOf(1)}`);
    await page.getByRole('heading', { name: 'old-agent', level: 2 }).waitFor();

    fake.forget(new Set([traceIdOf(1)]));
    await page.getByText('This run was forgotten to make room').waitFor();

    expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe('old-agent');
  });
});

describe.skipIf(isMissing)('a conversation', () => {
  it('shows all its runs in order, with what was said, and the next one when it comes', async () => {
    const { url, fake } = await openViewer();
    postRun(fake, { number: 2, conversationId: 'chat 7', input: 'and then?', output: 'then that' });
    postRun(fake, {
      number: 1,
      conversationId: 'chat 7',
      input: { messages: [{ role: 'user', content: 'what first?' }] },
      output: 'first this',
    });
    postRun(fake, { number: 9, conversationId: 'another', input: 'not here' });
    const { page } = await openPage(browser, url);

    await rowOf(page, 'what first?').getByRole('link', { name: 'chat 7' }).click();
    await page.locator('.turn').nth(1).waitFor();
    postRun(fake, {
      number: 3,
      conversationId: 'chat 7',
      input: 'and last?',
      status: 'error',
      reason: 'timeout',
      error: 'too late',
    });
    await page.locator('.turn').nth(2).waitFor();

    const said = await page.locator('.words').allTextContents();
    expect(said).toEqual([
      'what first?',
      'first this',
      'and then?',
      'then that',
      'and last?',
      'too late',
    ]);
    await page.getByRole('button', { name: 'Input as JSON' }).click();
    expect(await page.getByRole('region', { name: 'Input' }).innerText()).toContain(
      '"role": "user"',
    );
  });
});

describe.skipIf(isMissing)('with the keyboard alone', () => {
  it('a person searches, opens a run, walks its steps, reads the conversation, and comes back', async () => {
    const bench = await openViewer();
    postManyRuns(bench);
    const { page, troubles } = await openPage(browser, bench.url);
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };

    await press('/');
    await page.keyboard.type('agent-1');
    await page.getByText('11 runs of 40').waitFor();
    await press('ArrowDown', 'j', 'j', 'k', 'Enter');
    await page.getByRole('heading', { name: 'agent-18', level: 2 }).waitFor();
    await page.locator('[role=treeitem]:focus').waitFor();
    await press('ArrowDown', 'ArrowDown');
    await panelOf(page).getByRole('heading', { name: 'search' }).waitFor();
    await press('ArrowLeft');
    await panelOf(page).getByRole('heading', { name: 'plan' }).waitFor();
    await press('ArrowLeft');
    const folded = await page.getByRole('treeitem').count();
    await press('ArrowRight', 'End');
    await panelOf(page).getByRole('heading', { name: 'answer' }).waitFor();
    await press(']');
    await page.getByRole('heading', { name: 'agent-17', level: 2 }).waitFor();
    await press('c');
    await page.getByRole('heading', { name: 'chat-1', level: 2 }).waitFor();
    await page.locator('.turn').first().waitFor();
    await press('j');
    const turn = await focused(page);
    await press('Escape');
    await page.getByText('11 runs of 40').waitFor();
    const back = await focused(page);
    await press('Escape');
    await page.getByText(/^40 runs$/).waitFor();

    expect(folded).toBe(3);
    expect(turn).toBe('agent-1');
    expect(back).toContain('agent-17');
    expect(troubles).toEqual([]);
  });

  it('a person sees which keys there are, and Tab stops once in the list', async () => {
    const bench = await openViewer();
    postManyRuns(bench);
    const { page } = await openPage(browser, bench.url);

    await page.keyboard.press('?');
    const help = await page.getByRole('dialog', { name: 'Keys' }).innerText();
    await page.keyboard.press('Escape');
    const stops = await page.locator('.viewport [tabindex="0"]').count();

    expect(help).toContain('search');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(stops).toBe(1);
  });
});

describe.skipIf(isMissing)('hostile data', () => {
  const hostile = `"><img src=x onerror="alert(1)"><script>alert(2)</script>{{7*7}}javascript:alert(3)\u202E`;

  it('stays text, wherever it stands', async () => {
    const { url, fake } = await openViewer({ writeMode: 'legacy' });
    const id = `../../${hostile}`;
    postBatch(fake, [
      event('trace-create', {
        id,
        name: hostile,
        sessionId: hostile,
        userId: hostile,
        tags: [hostile],
        input: { [hostile]: hostile },
      }),
      event('generation-create', {
        id: hostile,
        traceId: id,
        name: hostile,
        level: 'ERROR',
        statusMessage: hostile,
        model: hostile,
        input: hostile,
        output: [hostile],
        metadata: { [hostile]: hostile, ['__proto__']: hostile },
        endTime: '2026-11-23T12:00:05.000Z',
      }),
    ]);
    const { page, troubles, requests } = await openPage(browser, url);

    await page.locator('.run-row').click();
    await panelOf(page).getByRole('region', { name: 'Output' }).waitFor();
    const panel = await panelOf(page).textContent();
    await page.locator('.run-facts a').click();
    await page.locator('.turn').waitFor();
    const heading = await page.getByRole('heading', { level: 2 }).textContent();

    expect(panel).toContain(hostile);
    expect(heading).toBe(hostile);
    expect(await page.locator('img, main script, iframe').count()).toBe(0);
    expect(requests.filter((one) => !one.startsWith(`${url}/`))).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it('cannot make the address lead anywhere else', async () => {
    const { url } = await openViewer();
    const { page, troubles } = await openPage(
      browser,
      `${url}/#/runs/${encodeURIComponent(hostile)}`,
    );

    await page.getByText('There is no such run here.').waitFor();

    expect(await page.locator('img').count()).toBe(0);
    expect(troubles.filter((one) => !one.includes('404'))).toEqual([]);
  });
});

describe.skipIf(isMissing).each(['light', 'dark'] as const)('in a %s theme', (colorScheme) => {
  it('axe finds nothing wrong with any view', async () => {
    const bench = await openViewer();
    postManyRuns(bench);
    postRun(bench.fake, { number: 41, name: 'incomplete', without: 'ending', error: 'x' });
    postRun(bench.fake, { number: 42, name: 'open', without: 'root', steps: [{ name: 'a' }] });
    postRun(bench.fake, { number: 43, name: 'paused', status: 'suspended', reason: 'checkpoint' });
    const { page } = await openPage(browser, bench.url, { colorScheme });
    await rowOf(page, 'paused').waitFor();
    const found: string[] = [];
    const look = async (): Promise<void> => {
      found.push(...(await findViolations(page)));
    };

    await look();
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('No run matches.').waitFor();
    await look();
    for (const number of [12, 41, 42]) {
      await page.goto(`${bench.url}/#/runs/${traceIdOf(number)}`);
      await panelOf(page).getByRole('heading', { level: 3 }).waitFor();
      await look();
    }
    await page.goto(`${bench.url}/#/conversations/chat-0`);
    await page.locator('.turn').first().waitFor();
    await look();
    await page.keyboard.press('?');
    await look();

    expect(found).toEqual([]);
  });

  it('the page has its colors, and a person can choose the other for good', async () => {
    const { url } = await openViewer();
    const { page } = await openPage(browser, url, { colorScheme });
    const isDark = (): Promise<boolean> =>
      page
        .evaluate('getComputedStyle(document.body).backgroundColor')
        .then((color) => Number(/\d+/.exec(String(color))?.[0]) < 100);
    const before = await isDark();

    await page.keyboard.press('t');
    if (colorScheme === 'light') await page.keyboard.press('t');
    const chosen = await isDark();
    await page.reload();
    await page.locator('.connection[data-state="live"]').waitFor();

    expect([before, chosen, await isDark()]).toEqual(
      colorScheme === 'dark' ? [true, false, false] : [false, true, true],
    );
  });
});

it.skipIf(isMissing)('needs nothing but its own server', async () => {
  const bench = await openViewer();
  postManyRuns(bench);
  const { page, requests } = await openPage(browser, bench.url);
  await rowOf(page, 'agent-40').click();
  await panelOf(page).getByRole('heading', { level: 3 }).waitFor();

  expect(requests.length).toBeGreaterThan(10);
  expect(requests.filter((one) => !one.startsWith(`${bench.url}/`))).toEqual([]);
});

it.skipIf(isMissing)('fits a narrow window without scrolling sideways', async () => {
  const bench = await openViewer();
  postManyRuns(bench);
  const { page } = await openPage(browser, bench.url, { width: 420 });
  const overflow = (): Promise<unknown> =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  await rowOf(page, 'agent-40').waitFor();
  const list = await overflow();

  await rowOf(page, 'agent-40').click();
  await panelOf(page).getByRole('heading', { level: 3 }).waitFor();

  expect([list, await overflow()]).toEqual([0, 0]);
});
