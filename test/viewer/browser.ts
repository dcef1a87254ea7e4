import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

import { chromiumPath, chromiumPlaces } from './chromium.ts';

/**
 * Whether the tests that need a browser can run. A person without one gets the rest and a line that says what was left
 * out; a machine that decides (`CI`) has to have one.
 */
export function hasBrowser(): boolean {
  if (chromiumPath !== undefined) return true;
  const message = `The tests of the viewer's page need Chromium and found none at ${chromiumPlaces.join(', ')}. Install it (apt-get install chromium), or set CHROMIUM_PATH to one that is there.`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  console.warn(`Left out: ${message}`);
  return false;
}

/** A page, and what went wrong on it. */
export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts, of the console (a refused script is one), and windows that a script has opened. */
  readonly troubles: readonly string[];
  /** Everything that was asked of any server. */
  readonly requests: readonly string[];
}

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
}

/** Opens a page of its own, with nothing stored; it is closed when the test ends. */
export async function openPage(
  browser: Browser,
  url: string,
  { colorScheme = 'light', width = 1280 }: PageOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const troubles: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  await page.locator('.connection[data-state="live"]').waitFor();
  return { page, troubles, requests };
}

/** What axe finds wrong, a line each. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  // As an expression of the developer tools it is not subject to the page's policy.
  await page.evaluate(axe.source);
  const result = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.target + ' ' + node.failureSummary).join(' | ')))`,
  );
  return result as readonly string[];
}
