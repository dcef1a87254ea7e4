import { writeFileSync } from 'node:fs';

import type { Browser, Page } from 'playwright-core';

import { serveBehind } from '../../mocks/server.ts';
import { createViewer } from '../../mocks/viewer/viewer.ts';
import { createWatchedFake } from '../../mocks/watched-fake.ts';
import { archiveWrites, serveLimits } from '../../mocks/write-archive.ts';
import { launchBrowser } from './chromium.ts';
import { runUntilStopped, type StoppedProgram } from './pictures/stopped-program.ts';

// Makes docs/pictures again, byte for byte as long as neither the page nor the browser and its fonts change.

const folder = new URL('../../docs/pictures/', import.meta.url);

const pictures: Readonly<Record<StoppedProgram, string>> = {
  'with-tracing': 'stopped-today',
  'with-lifecycle': 'stopped-with-lifecycle',
};

/** Narrow enough that two stand beside each other on a page of GitHub. */
const viewport = { width: 430, height: 820 };
/** To the end of the output, where there is one. */
const pictureHeight = 697;
/** When somebody looks: long after the process was stopped. */
const lookedAt = new Date('2026-11-25T11:40:00.000Z');

async function takePictures(browser: Browser, program: StoppedProgram): Promise<void> {
  const fake = createWatchedFake({ writeMode: 'events_only', history: 'none' });
  const archive = archiveWrites(fake, serveLimits);
  const viewer = createViewer({ fake, archive, host: '127.0.0.1' });
  const server = await serveBehind(viewer, fake);
  await runUntilStopped(program, { fake, url: server.url });
  const address = `${server.url}/#/runs/${fake.traces()[0]?.id}`;
  for (const colorScheme of ['light', 'dark'] as const) {
    const picture = await pictureOf(browser, { address, colorScheme });
    writeFileSync(new URL(`${pictures[program]}-${colorScheme}.png`, folder), picture);
  }
  viewer.close();
  await server.close();
}

interface View {
  readonly address: string;
  readonly colorScheme: 'light' | 'dark';
}

async function pictureOf(browser: Browser, { address, colorScheme }: View): Promise<Buffer> {
  const context = await browser.newContext({
    colorScheme,
    viewport,
    deviceScaleFactor: 2,
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(lookedAt);
  await page.goto(address);
  await page.getByRole('treeitem').first().waitFor();
  const picture = await screenshotOf(page);
  await context.close();
  return picture;
}

/** The run from its name to its output, without the bars above it; what is missing is unfolded. */
async function screenshotOf(page: Page): Promise<Buffer> {
  const missing = page.locator('.missing summary');
  if ((await missing.count()) > 0) await missing.click();
  await page.evaluate('document.activeElement.blur()');
  const head = await page.locator('.run-head').boundingBox();
  const { width } = viewport;
  return page.screenshot({
    animations: 'disabled',
    clip: { x: 0, y: (head?.y ?? 0) - 10, width, height: pictureHeight },
  });
}

const browser = await launchBrowser();
try {
  await takePictures(browser, 'with-tracing');
  await takePictures(browser, 'with-lifecycle');
} finally {
  await browser.close();
}
