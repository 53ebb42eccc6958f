import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Everything becomes a file under /assets: no inline script, style, font or image, so that the page runs under a
// content security policy that allows nothing but its own origin.
export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: "es" },
  test: { include: ["src/**/*.test.ts"] },
});
