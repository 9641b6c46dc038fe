import { defineConfig } from 'vitest/config';

// Most tests start real processes: on a busy machine a second of work takes ten.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
