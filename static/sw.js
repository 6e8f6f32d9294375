/**
 * Keeps the shell of the screens so that a tablet can start cold without a network. A file is kept only if it matches
 * its hash in the list below (written by `tools/shell.py`); the network comes first whenever it answers; the API and
 * the socket are never touched. Served from the root so that its scope is the whole house.
 */
const SHELL = /** @type {Record<string, string>} */ (/* shell */ {
  "/static/floor/cards.js": "b089eeae7c707af59ba57f32",
  "/static/floor/drag.js": "ecc5a2e7bfc7253655d2d6a9",
  "/static/floor/drawer.js": "5ba00ff37e5d5d92e46f901f",
  "/static/floor/faces.js": "6848f710ea2387d192c3e16f",
  "/static/floor/hand.js": "5b83c9e82347d6e27182b14b",
  "/static/floor/house.js": "61fa3c2f6e21c96520e63dad",
  "/static/floor/keys.js": "7e1ac571ee54f37eb904d549",
  "/static/floor/later.js": "b1a6273a24e19153fcc7f062",
  "/static/floor/left.js": "f8c013622541ee49fb462bfd",
  "/static/floor/legend.js": "179d9e554e619f6e5e37c879",
  "/static/floor/link.js": "5719e3b3674b3a341602f1af",
  "/static/floor/pads.js": "1c07553e0a4683220cc04ef9",
  "/static/floor/panel.js": "696c1c256a46ab1ee2859906",
  "/static/floor/phones.js": "5fd9b4bafaa54b1e09568cae",
  "/static/floor/plan.js": "2d37db8122e6c860752e2f60",
  "/static/floor/screen.js": "4700c9e2f821b8d805517f0b",
  "/static/floor/sheet.js": "596958727f6cdc250d34ea40",
  "/static/floor/sides.js": "095bf65642ca4463f8ffb91c",
  "/static/floor/table.js": "7413626cbf12b35c40fdeab6",
  "/static/floor/top.js": "ca262d90a37ae0d0762d6a9e",
  "/static/book/booking.js": "a5eacfcb10ab6c14595b2b35",
  "/static/book/cancel.js": "7aceae7ce44e1a9ace269601",
  "/static/book/changes.js": "068fe5f8aab6eea9294d78ab",
  "/static/book/clash.js": "2d2d6142beed1f03b76c1933",
  "/static/book/deleted.js": "60f84f5945bfc062d44e905f",
  "/static/book/dialogs.js": "f26dd2e824cdfe0ee3cf3ee8",
  "/static/book/doing.js": "d7cdf8540d275ec4a5cdc0a2",
  "/static/book/done.js": "f448167e26a91eaf4423f1d4",
  "/static/book/extras.js": "682385e489ade0a1ba7c8bf1",
  "/static/book/faces.js": "1848a19dfd88b4bca7709a56",
  "/static/book/form.js": "e6b725e31bb6dbe1ac618b1f",
  "/static/book/grip.js": "40da46f609cd76777824e1b9",
  "/static/book/guest.js": "b4cb32ccef865418a85a6163",
  "/static/book/hand.js": "af608b2de3ab62dcaa1fe4c8",
  "/static/book/house.js": "501b90015406185c3db6b846",
  "/static/book/inhand.js": "bc8fa4b4f6583c92e926d0bb",
  "/static/book/join.js": "097489e8d8467372f46f7a6a",
  "/static/book/keys.js": "3213255ea37b96383d0e8d2c",
  "/static/book/lanes.js": "3efddb9433a0e3b03074d599",
  "/static/book/list.js": "fdc9279927902786feb0c115",
  "/static/book/merge.js": "70411be98ac48b362bdfe8f2",
  "/static/book/messages.js": "ce12f1f2edabf127fcb2383d",
  "/static/book/modal.js": "db5499e12a474af00a065789",
  "/static/book/others.js": "1aabc98a4e881dbe90344c90",
  "/static/book/screen.js": "dfbe6b7fa720f93a130257dc",
  "/static/book/seen.js": "d822d219fa52af9f84939c5c",
  "/static/book/sheets.js": "fc80ccd46ba037a6ee1d03d2",
  "/static/book/timeline.js": "8057469382266f852a3ee532",
  "/static/book/top.js": "4d864517ffa0b19fe025fada",
  "/static/book/waiting.js": "546c15c198fb11d5fb7b74af",
  "/static/book/when.js": "e2e004cd7442f0a44688a55f",
  "/static/book/where.js": "01128da1f8634460a336f294",
  "/static/book/who.js": "abdd1550b617d0047acc71ae",
  "/static/stand/lists.js": "ba86f115a19cc522393be9ab",
  "/static/stand/looks.js": "949df774552b861148bb2198",
  "/static/stand/map.js": "969bfe11ef99894f94e349dd",
  "/static/stand/screen.js": "6957db8182be2fcb3a7f543f",
  "/static/admin/bits.js": "f35d066e35f7d74ada1efc63",
  "/static/admin/diff.js": "269381f0238d8d7cb570aea9",
  "/static/admin/doors.js": "286438b1a16dcacc1a258fb0",
  "/static/admin/editor.js": "a137c1b80f0538b4036eaeb1",
  "/static/admin/examples.js": "bfcc77ac06b5dc3c8e00fe2a",
  "/static/admin/fields.js": "288fd7598e46e73509ef5e2b",
  "/static/admin/house.js": "7a5d00561547cebfed57ea13",
  "/static/admin/keys.js": "dfbb3e0898c06e0e956ad435",
  "/static/admin/message.js": "0f487826207d8968c410fcb2",
  "/static/admin/policies.js": "09fa20bc13eb9239c3ea9c18",
  "/static/admin/record.js": "1700ded6c11cd5739b64f4f0",
  "/static/admin/screen.js": "e643ce1219ba80cc7f31ef9d",
  "/static/admin/staff.js": "0a8ad1c15bd621d549a63b3d",
  "/static/admin/theme.js": "6d10364b7d1c170ca703de93",
  "/static/admin/words.js": "e3df1206ccfc798882e94dc4",
  "/static/parts/asking.js": "639f9042a9a8033932c0171b",
  "/static/parts/dialog.js": "b42f5615975e2570757b2c20",
  "/static/parts/drawer.js": "52f77861c1212a9a959d7b6e",
  "/static/parts/drop.js": "4089e676e8c58818fd8113af",
  "/static/parts/fields.js": "71af99919733f14ebc3e6e48",
  "/static/parts/focus.js": "c71bfc87684a79625c8cf525",
  "/static/parts/guests.js": "ec52b2fe8fab86f4d8aac325",
  "/static/parts/here.js": "2dc029d9b618cf709247fbdc",
  "/static/parts/icon.js": "84886179ab7747d05b4ff43f",
  "/static/parts/mark.svg": "a14a994788d868c453073692",
  "/static/parts/marks.js": "d0811be52d375e748e96a93f",
  "/static/parts/opened.js": "3c1e9e943344a7cd82ed2c11",
  "/static/parts/rail.js": "ba45623c85c37e75c21e88ec",
  "/static/parts/sides.js": "f4db679a6db54c0635d94887",
  "/static/parts/sound.js": "a446b6e4e6c91afcf7b8bed7",
  "/static/parts/theme.js": "1598b3ee10067dd67f01a5cf",
  "/static/parts/toast.js": "8b6b8cd13b5383b6ce00ad47",
  "/static/parts/top.js": "ad6533a85fc8334fdbed4bba",
  "/static/parts/words.js": "1a81369fc05de913c88b321b",
  "/static/replica/clock.js": "c9384a01eaf8f38b1a76d9ff",
  "/static/replica/house.js": "3c69b90b6a86fed8adb594bf",
  "/static/replica/kept.js": "db23c7610c4f79f0d1c76f1c",
  "/static/replica/link.js": "f820e9f18d8e287c53d35a44",
  "/static/replica/pending.js": "828ae6c454d70d9c03b4ee5e",
  "/static/replica/replica.js": "a3890dadeb38a9da5d36f676",
  "/static/replica/socket.js": "ed073c29bf5300d52da48085",
  "/static/replica/wishes.js": "470ef458cf3f2f16c735d1c8",
  "/static/style/admin.css": "54194b6f1703b2b035d08bcd",
  "/static/style/base.css": "efb33cd5bfbaa8f3342c2d68",
  "/static/style/book.css": "c436715a1b96188f6145d5cf",
  "/static/style/floor.css": "93cee52d36a5359a5fc5c9d3",
  "/static/style/frame.css": "2c918c546ca4f44044fc4bac",
  "/static/style/login.css": "ba1cc90d74dc0e4fd517f797",
  "/static/style/side.css": "e389a973c8e813ba55149b39",
  "/static/style/stand.css": "4b93d48487e3719170ad4fa8",
  "/static/style/tokens.css": "79d1be1e3bb91eb7fa0f7763",
  "/static/vendor/centrifuge.js": "2e332273bf533d72141979a2",
  "/static/vendor/icons.svg": "591602159a91d368f8de38b4",
  "/static/vendor/idb-keyval.js": "d15daee6d44b5e151a78559a",
  "/static/vendor/ui.js": "ce03202eed541d20fa6cde4e",
  "/static/pages/floor.html": "acb129f26a524153faba1428",
  "/static/pages/book.html": "9c94641ea5a217c8d9f1deea",
  "/static/pages/stand.html": "1fc094d870a67161f18d4331",
  "/static/pages/admin.html": "54d8bb9a24f571643925415b"
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
