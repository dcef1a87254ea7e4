import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

const named = process.env['CHROMIUM_PATH'];

/** Where Chromium is looked for: where the environment says, or where systems put it. */
export const chromiumPlaces: readonly string[] =
  named === undefined
    ? [
        '/usr/bin/chromium',
        '/usr/bin/chromium-browser',
        '/usr/bin/google-chrome',
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      ]
    : [named];

/** The Chromium of this machine, when there is one. */
export const chromiumPath: string | undefined = chromiumPlaces.find((path) => existsSync(path));

/** Starts Chromium. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
