import type { Project } from "./project.ts";

const PAGES = {
  "public/index.html": "<h1>home</h1>",
  "public/about.html": "<h1>about</h1>",
  "public/deep/index.html": "<h1>deep</h1>",
  "public/404.html": "<h1>none</h1>",
  "public/data.json": '{"a":1}',
  "public/.assetsignore": "*.map\n",
  "public/app.js.map": "{}",
};
const PATHS = ["/", "/about", "/about.html", "/deep/", "/data.json", "/app.js.map", "/none", "/old", "/api"];

/** Static assets, and frameworks that build them. */
export const sites: readonly Project[] = [
  {
    name: "assets-alone",
    config: { assets: { directory: "public", not_found_handling: "404-page" } },
    files: { ...PAGES, "public/_headers": "/*\n  X-Own: yes\n", "public/_redirects": "/old /about 301\n" },
    paths: PATHS,
    answers: "<h1>home</h1>",
  },
  {
    name: "assets-and-worker",
    config: {
      main: "index.js",
      assets: {
        directory: "public",
        binding: "ASSETS",
        html_handling: "force-trailing-slash",
        run_worker_first: ["/api", "/data.json"],
      },
    },
    files: {
      ...PAGES,
      "index.js":
        "export default { async fetch(request, env) { const found = await env.ASSETS.fetch(request); return new Response('worker ' + found.status + ' ' + await found.text()); } };",
    },
    paths: PATHS,
    answers: "<h1>home</h1>",
  },
  {
    name: "single-page",
    config: {
      main: "index.js",
      assets: {
        directory: "./public",
        not_found_handling: "single-page-application",
        run_worker_first: true,
        binding: "A",
      },
    },
    files: {
      ...PAGES,
      "index.js": "export default { fetch: (request, env) => env.A.fetch(request) };",
    },
    paths: PATHS,
    answers: "<h1>home</h1>",
  },
  {
    name: "vite-react",
    config: { main: "worker/index.ts", assets: { not_found_handling: "single-page-application" } },
    build: ["vite/bin/vite.js", "build"],
    files: {
      "package.json": JSON.stringify({ name: "vite-react", private: true, type: "module" }),
      "vite.config.ts":
        "import { cloudflare } from '@cloudflare/vite-plugin';\nimport react from '@vitejs/plugin-react';\nimport { defineConfig } from 'vite';\nexport default defineConfig({ plugins: [react(), cloudflare()] });",
      "index.html": '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>',
      "src/main.tsx":
        "import { createRoot } from 'react-dom/client';\ncreateRoot(document.getElementById('root')!).render(<b>vite</b>);",
      "worker/index.ts":
        "export default { fetch: (request: Request) => new URL(request.url).pathname.startsWith('/api') ? Response.json({ from: 'worker' }) : new Response(null, { status: 404 }) };",
    },
    paths: ["/", "/api/x", "/any"],
    answers: 'id="root"',
  },
  {
    name: "react-router",
    config: {
      main: "./workers/app.ts",
      compatibility_flags: ["nodejs_compat"],
      vars: { MESSAGE: "from vars" },
    },
    build: ["@react-router/dev/bin.cjs", "build"],
    files: {
      "package.json": JSON.stringify({ name: "react-router-shop", private: true, type: "module" }),
      "vite.config.ts":
        "import { reactRouter } from '@react-router/dev/vite';\nimport { cloudflare } from '@cloudflare/vite-plugin';\nimport { defineConfig } from 'vite';\nexport default defineConfig({ plugins: [cloudflare({ viteEnvironment: { name: 'ssr' } }), reactRouter()] });",
      "react-router.config.ts": "export default { ssr: true };",
      "workers/app.ts":
        "import { createRequestHandler } from 'react-router';\nconst handler = createRequestHandler(() => import('virtual:react-router/server-build'), import.meta.env.MODE);\nexport default { fetch: (request: Request) => handler(request) };",
      "app/routes.ts":
        "import { index } from '@react-router/dev/routes';\nexport default [index('home.tsx')];",
      "app/root.tsx":
        "import { Links, Meta, Outlet, Scripts } from 'react-router';\nexport default function App() { return <html lang='en'><head><Meta /><Links /></head><body><Outlet /><Scripts /></body></html>; }",
      "app/home.tsx": "export default function Home() { return <p>react router</p>; }",
      "app/entry.server.tsx":
        "import { renderToReadableStream } from 'react-dom/server';\nimport { ServerRouter, type EntryContext } from 'react-router';\nexport default async function handle(request: Request, status: number, headers: Headers, context: EntryContext) { headers.set('Content-Type', 'text/html'); return new Response(await renderToReadableStream(<ServerRouter context={context} url={request.url} />), { status, headers }); }",
    },
    answers: "<p>react router</p>",
  },
  {
    name: "astro",
    config: {
      main: "@astrojs/cloudflare/entrypoints/server",
      assets: { directory: "./dist", binding: "ASSETS" },
    },
    build: ["astro/bin/astro.mjs", "build"],
    files: {
      "package.json": JSON.stringify({ name: "astro-shop", private: true, type: "module" }),
      "astro.config.mjs":
        "import cloudflare from '@astrojs/cloudflare';\nimport { defineConfig } from 'astro/config';\nexport default defineConfig({ output: 'server', adapter: cloudflare(), session: { driver: 'memory' } });",
      "src/pages/index.astro": "<p>astro {1 + 1}</p>",
    },
    answers: "astro 2",
  },
];
