import { defineConfig } from "vitest/config";

const here = import.meta.dirname;

export default defineConfig({
  resolve: {
    // The tests lie beside the backend's, outside of the folder that holds the packages.
    alias: {
      "playwright-core": `${here}/node_modules/playwright-core/index.mjs`,
      "axe-core": `${here}/node_modules/axe-core/axe.min.js`,
    },
  },
  server: { fs: { allow: [`${here}/..`] } },
  test: {
    dir: `${here}/../tests/e2e`,
    include: ["**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
