/** The console's build: static files that the server serves itself from dist/console (src/server/console.ts). */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // fonts and pictures in the style sheet: the policy allows data: for both
    assetsInlineLimit: 100_000,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
