import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = `http://127.0.0.1:${process.env.DROID_PORT ?? 8000}`;

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: { sourcemap: false, chunkSizeWarningLimit: 900 },
  server: {
    proxy: {
      // The server refuses pages from elsewhere; the development page is let through as if it were its own.
      "/api": {
        target: server,
        changeOrigin: true,
        ws: true,
        headers: { origin: server },
      },
    },
  },
});
