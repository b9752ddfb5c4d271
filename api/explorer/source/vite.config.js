// Builds the explorer into ../assets: hashed files under files/, and manifest.json, from which Python reads their names.
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const OUR_MONACO = fileURLToPath(new URL("./monaco.js", import.meta.url));

export default defineConfig({
  // Relative, so that the files work under whatever path they are mounted at.
  base: "./",
  plugins: [react()],
  resolve: {
    // monaco-graphql names the module relatively from within itself, GraphiQL by its package.
    alias: [{ find: /^(monaco-graphql\/esm|\.)\/monaco-editor(\.js)?$/, replacement: OUR_MONACO }],
  },
  worker: { format: "es" },
  build: {
    outDir: "../assets",
    emptyOutDir: true,
    assetsDir: "files",
    manifest: "manifest.json",
    license: { fileName: "LICENSES.md" },
    // No browser that runs this page needs it.
    modulePreload: { polyfill: false },
    target: "es2022",
    // Monaco is one large chunk by nature, loaded after the page has drawn itself.
    chunkSizeWarningLimit: 4000,
    rollupOptions: { input: "main.jsx" },
  },
});
