import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    // Child processes and the 200-step contract rows share two cores with everything else.
    testTimeout: 30_000,
    // Some pack the package or compile all samples first, and a busy machine takes several times the usual five seconds.
    hookTimeout: 60_000,
    unstubEnvs: true,
  },
});
