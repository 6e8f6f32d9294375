/**
 * Keeps the shell of the screens so that a tablet can start cold without a network. A file is kept only if it matches
 * its hash in the list below (written by `tools/shell.py`); the network comes first whenever it answers; the API and
 * the socket are never touched. Served from the root so that its scope is the whole house.
 */
const SHELL = /** @type {Record<string, string>} */ (/* shell */ {
  "/static/floor/drag.js": "1bced8f9a698fac392c2d641",
  "/static/floor/drawer.js": "17a1f9a5144c3361dea3dedc",
  "/static/floor/faces.js": "e84f0b8a96272b0fa9df68d4",
  "/static/floor/hand.js": "c88d14731b4fe05f5d47ae70",
  "/static/floor/house.js": "c477c4d8dabba1175cda7ade",
  "/static/floor/keys.js": "7e1ac571ee54f37eb904d549",
  "/static/floor/legend.js": "179d9e554e619f6e5e37c879",
  "/static/floor/pads.js": "87b152a55b57115a35dd172d",
  "/static/floor/panel.js": "e6b9b6394fe0da0dcb0bb81b",
  "/static/floor/plan.js": "aa78024d54ef1bc714aa989a",
  "/static/floor/screen.js": "167a07abfa5eaa1874578f76",
  "/static/floor/sheet.js": "ab20d26a9f71f89f7566197e",
  "/static/floor/sides.js": "010126a34c14df05938ea27a",
  "/static/floor/table.js": "bc8adec226d9b221fb1fe5b9",
  "/static/floor/top.js": "e109ae6cf7867be49f50f16e",
  "/static/parts/dialog.js": "b42f5615975e2570757b2c20",
  "/static/parts/icon.js": "84886179ab7747d05b4ff43f",
  "/static/parts/mark.svg": "a14a994788d868c453073692",
  "/static/parts/theme.js": "1598b3ee10067dd67f01a5cf",
  "/static/parts/toast.js": "8b6b8cd13b5383b6ce00ad47",
  "/static/parts/words.js": "921360ea717a4a01fb2d6694",
  "/static/replica/clock.js": "c9384a01eaf8f38b1a76d9ff",
  "/static/replica/house.js": "5158653a0ba98571dee350ca",
  "/static/replica/kept.js": "37260a968f9b40810c8cfc94",
  "/static/replica/link.js": "78967f638875ccddd3c2a5d9",
  "/static/replica/pending.js": "0beed145ec4212daedb4e3e5",
  "/static/replica/replica.js": "913133e78c6c912039d32a91",
  "/static/replica/wishes.js": "5a2750ed25db351ecfa290d2",
  "/static/style/base.css": "efb33cd5bfbaa8f3342c2d68",
  "/static/style/floor.css": "349e12be12b47084e445b667",
  "/static/style/login.css": "ba1cc90d74dc0e4fd517f797",
  "/static/style/side.css": "b5448d1b2e704e6817c7c169",
  "/static/style/tokens.css": "79d1be1e3bb91eb7fa0f7763",
  "/static/vendor/centrifuge.js": "2e332273bf533d72141979a2",
  "/static/vendor/icons.svg": "c6b3c0ac76082a2415cd8c0d",
  "/static/vendor/idb-keyval.js": "d15daee6d44b5e151a78559a",
  "/static/vendor/ui.js": "ce03202eed541d20fa6cde4e",
  "/static/pages/floor.html": "58ae5d0cee91e571d8e9d318"
} /* end */);
const PAGE = '/static/pages/floor.html';
const ANSWER_MS = 2500; // a network slower than this gets the kept file
const worker = /** @type {any} */ (self);

/** @param {string} text */
function short(text) {
  let h = 0;
  for (const c of text) h = (h * 31 + c.charCodeAt(0)) >>> 0;
  return h.toString(36);
}
const NAME = `shell-${short(JSON.stringify(SHELL))}`;

/** @param {ArrayBuffer} bytes */
async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest.slice(0, 12), (b) => b.toString(16).padStart(2, '0')).join('');
}

async function keepAll() {
  const cache = await caches.open(NAME);
  await Promise.all(Object.entries(SHELL).map(async ([path, wanted]) => {
    const reply = await fetch(path, { cache: 'no-cache' });
    if (reply.ok && (await hash(await reply.clone().arrayBuffer())) === wanted) await cache.put(path, reply);
  }));
}

async function dropOld() {
  for (const name of await caches.keys()) if (name.startsWith('shell-') && name !== NAME) await caches.delete(name);
}

/** @param {Request} request @param {string} path */
async function answer(request, path) {
  const kept = await (await caches.open(NAME)).match(path);
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), ANSWER_MS));
  return Promise.race([fetch(request).then((r) => (r.status >= 500 ? kept : r), () => kept), late]);
}

worker.addEventListener('install', (/** @type {any} */ e) => e.waitUntil(keepAll().then(() => worker.skipWaiting())));
worker.addEventListener('activate', (/** @type {any} */ e) => e.waitUntil(dropOld().then(() => worker.clients.claim())));
worker.addEventListener('fetch', (/** @type {any} */ e) => {
  const { pathname, origin } = new URL(e.request.url);
  if (origin !== location.origin || e.request.method !== 'GET') return;
  if (e.request.mode === 'navigate' && (pathname === '/floor' || pathname === '/')) e.respondWith(answer(e.request, PAGE));
  else if (pathname in SHELL) e.respondWith(answer(e.request, pathname));
});
