/**
 * Keeps the shell of the screens so that a tablet can start cold without a network. A file is kept only if it matches
 * its hash in the list below (written by `tools/shell.py`); the network comes first whenever it answers; the API and
 * the socket are never touched. Served from the root so that its scope is the whole house.
 */
const SHELL = /** @type {Record<string, string>} */ (/* shell */ {
  "/static/floor/drag.js": "1bced8f9a698fac392c2d641",
  "/static/floor/drawer.js": "8eb1dfa19ebbd3d36996f1c1",
  "/static/floor/faces.js": "e84f0b8a96272b0fa9df68d4",
  "/static/floor/hand.js": "e5293917da623fbda3b9a802",
  "/static/floor/house.js": "73795a2e55f60767895d198e",
  "/static/floor/keys.js": "7e1ac571ee54f37eb904d549",
  "/static/floor/legend.js": "179d9e554e619f6e5e37c879",
  "/static/floor/pads.js": "5131b85249b20bc826ed6370",
  "/static/floor/panel.js": "847f91b15d0bdf5028f3f463",
  "/static/floor/plan.js": "aa78024d54ef1bc714aa989a",
  "/static/floor/screen.js": "a4b4fe47368ea7bb1d5edbcf",
  "/static/floor/sheet.js": "596958727f6cdc250d34ea40",
  "/static/floor/sides.js": "095bf65642ca4463f8ffb91c",
  "/static/floor/table.js": "bc8adec226d9b221fb1fe5b9",
  "/static/floor/top.js": "ca262d90a37ae0d0762d6a9e",
  "/static/book/faces.js": "612aa05c0ac64838e88f9363",
  "/static/book/hand.js": "3b651b2d0209b0c9cee2ff59",
  "/static/book/house.js": "17f67efdd93c5074c6590078",
  "/static/book/keys.js": "b7055dbbba02c0007c517eb5",
  "/static/book/list.js": "412b9e892055ca17f4a67524",
  "/static/book/screen.js": "adc37c0dd2979910a1ede7be",
  "/static/book/seen.js": "d822d219fa52af9f84939c5c",
  "/static/book/top.js": "8d98ae3a9c34587fe69bd0e2",
  "/static/book/waiting.js": "f16d20467b7079f4cd15dabe",
  "/static/stand/lists.js": "5db4dfb0864e13cd8993b677",
  "/static/stand/map.js": "1449e813e2030ebd8eaa7f24",
  "/static/stand/screen.js": "d19835d280c82abd6b5ebdd1",
  "/static/parts/asking.js": "639f9042a9a8033932c0171b",
  "/static/parts/dialog.js": "b42f5615975e2570757b2c20",
  "/static/parts/drawer.js": "51a05c48723f9c88e874bade",
  "/static/parts/fields.js": "39bab0c20871364768844032",
  "/static/parts/here.js": "64b900260d8ab8adc735dcdf",
  "/static/parts/icon.js": "84886179ab7747d05b4ff43f",
  "/static/parts/mark.svg": "a14a994788d868c453073692",
  "/static/parts/marks.js": "d0811be52d375e748e96a93f",
  "/static/parts/rail.js": "ba45623c85c37e75c21e88ec",
  "/static/parts/sides.js": "f4db679a6db54c0635d94887",
  "/static/parts/theme.js": "1598b3ee10067dd67f01a5cf",
  "/static/parts/toast.js": "8b6b8cd13b5383b6ce00ad47",
  "/static/parts/top.js": "55eb971dc07ad113bf2c11a9",
  "/static/parts/words.js": "921360ea717a4a01fb2d6694",
  "/static/replica/clock.js": "c9384a01eaf8f38b1a76d9ff",
  "/static/replica/house.js": "4d712861cb4c2ebd465b04a6",
  "/static/replica/kept.js": "db23c7610c4f79f0d1c76f1c",
  "/static/replica/link.js": "283095c5253debbf5d9a3a80",
  "/static/replica/pending.js": "0beed145ec4212daedb4e3e5",
  "/static/replica/replica.js": "913133e78c6c912039d32a91",
  "/static/replica/wishes.js": "5a2750ed25db351ecfa290d2",
  "/static/style/base.css": "efb33cd5bfbaa8f3342c2d68",
  "/static/style/floor.css": "097e498959d75328c7277e7e",
  "/static/style/frame.css": "2c918c546ca4f44044fc4bac",
  "/static/style/login.css": "ba1cc90d74dc0e4fd517f797",
  "/static/style/side.css": "b5448d1b2e704e6817c7c169",
  "/static/style/tokens.css": "79d1be1e3bb91eb7fa0f7763",
  "/static/vendor/centrifuge.js": "2e332273bf533d72141979a2",
  "/static/vendor/icons.svg": "591602159a91d368f8de38b4",
  "/static/vendor/idb-keyval.js": "d15daee6d44b5e151a78559a",
  "/static/vendor/ui.js": "ce03202eed541d20fa6cde4e",
  "/static/pages/floor.html": "acb129f26a524153faba1428",
  "/static/pages/stand.html": "1fc094d870a67161f18d4331"
} /* end */);
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
  const page = `/static/pages${pathname === '/' ? '/floor' : pathname}.html`;
  if (e.request.mode === 'navigate' && page in SHELL) e.respondWith(answer(e.request, page));
  else if (pathname in SHELL) e.respondWith(answer(e.request, pathname));
});
