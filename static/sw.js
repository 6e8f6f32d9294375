/**
 * Keeps the shell of the screens so that a tablet can start cold without a network. A file is kept only if it matches
 * its hash in the list below (written by `tools/shell.py`); the network comes first whenever it answers; the API and
 * the socket are never touched. Served from the root so that its scope is the whole house.
 */
const SHELL = /** @type {Record<string, string>} */ (/* shell */ {
  "/static/floor/cards.js": "b342bf2bcc1f798d8671f78c",
  "/static/floor/drag.js": "ecc5a2e7bfc7253655d2d6a9",
  "/static/floor/drawer.js": "c612893425489876e34a4544",
  "/static/floor/faces.js": "5c90a05fab471461950c032e",
  "/static/floor/hand.js": "5b83c9e82347d6e27182b14b",
  "/static/floor/house.js": "61fa3c2f6e21c96520e63dad",
  "/static/floor/keys.js": "8a74cc85ad5f4964b408117d",
  "/static/floor/later.js": "d8287b5420e5458298bfe4e7",
  "/static/floor/left.js": "f8c013622541ee49fb462bfd",
  "/static/floor/legend.js": "179d9e554e619f6e5e37c879",
  "/static/floor/link.js": "5719e3b3674b3a341602f1af",
  "/static/floor/pads.js": "46fa050a4e1a4658d1db0483",
  "/static/floor/panel.js": "5aad81eb69c28fe1bbb69983",
  "/static/floor/phones.js": "5fd9b4bafaa54b1e09568cae",
  "/static/floor/plan.js": "4059365633b1ff90cc61571f",
  "/static/floor/screen.js": "71d288c7e753633013256cf7",
  "/static/floor/sheet.js": "9e8039b5e8bedca36da3583c",
  "/static/floor/sides.js": "095bf65642ca4463f8ffb91c",
  "/static/floor/table.js": "7413626cbf12b35c40fdeab6",
  "/static/floor/top.js": "ca262d90a37ae0d0762d6a9e",
  "/static/floor/waits.js": "82dc479c78f5c4c18d52d4f9",
  "/static/book/answers.js": "426fac8788492cc6cd794d01",
  "/static/book/booking.js": "a5eacfcb10ab6c14595b2b35",
  "/static/book/cancel.js": "7aceae7ce44e1a9ace269601",
  "/static/book/changes.js": "068fe5f8aab6eea9294d78ab",
  "/static/book/clash.js": "2d2d6142beed1f03b76c1933",
  "/static/book/deleted.js": "60f84f5945bfc062d44e905f",
  "/static/book/dialogs.js": "f26dd2e824cdfe0ee3cf3ee8",
  "/static/book/doing.js": "d7cdf8540d275ec4a5cdc0a2",
  "/static/book/done.js": "8e2923fc52db0b27762819a4",
  "/static/book/extras.js": "682385e489ade0a1ba7c8bf1",
  "/static/book/faces.js": "1848a19dfd88b4bca7709a56",
  "/static/book/form.js": "3aba3088852e266715e632e8",
  "/static/book/grip.js": "40da46f609cd76777824e1b9",
  "/static/book/guest.js": "b4cb32ccef865418a85a6163",
  "/static/book/hand.js": "af608b2de3ab62dcaa1fe4c8",
  "/static/book/heat.js": "0a23c11ca2ee957293a5bd26",
  "/static/book/house.js": "501b90015406185c3db6b846",
  "/static/book/inhand.js": "bc8fa4b4f6583c92e926d0bb",
  "/static/book/join.js": "097489e8d8467372f46f7a6a",
  "/static/book/kept.js": "e594f8afcd428b9be5b50f50",
  "/static/book/keys.js": "ba06d9feb5cf3b2f27f2b17d",
  "/static/book/lanes.js": "45f1e64323724fc57078da56",
  "/static/book/list.js": "fdc9279927902786feb0c115",
  "/static/book/merge.js": "70411be98ac48b362bdfe8f2",
  "/static/book/messages.js": "ce12f1f2edabf127fcb2383d",
  "/static/book/modal.js": "db5499e12a474af00a065789",
  "/static/book/openings.js": "889362b95744d3d6d47ba8a9",
  "/static/book/others.js": "1aabc98a4e881dbe90344c90",
  "/static/book/screen.js": "dfbe6b7fa720f93a130257dc",
  "/static/book/seen.js": "d822d219fa52af9f84939c5c",
  "/static/book/sheets.js": "ff2b58b697e421a151e27b76",
  "/static/book/slots.js": "1b6ff11690af2e4bd53642f9",
  "/static/book/timeline.js": "ae631da345268c08a782b120",
  "/static/book/top.js": "4d864517ffa0b19fe025fada",
  "/static/book/waiting.js": "546c15c198fb11d5fb7b74af",
  "/static/book/when.js": "cdc50dfb847473e574507aa4",
  "/static/book/where.js": "e7e301449fcae4f5e5b725f4",
  "/static/book/who.js": "abdd1550b617d0047acc71ae",
  "/static/book/why.js": "946989c803beac95848d2888",
  "/static/plan/adopt.js": "8c08ef9164da4b003298fab1",
  "/static/plan/all.js": "125f577e085aef797229fa01",
  "/static/plan/bar.js": "952efa80a11a41bbad65a5d6",
  "/static/plan/change.js": "22c27da67c2fe41e3c79082d",
  "/static/plan/doing.js": "b9f6e22e26e997acde85d6b1",
  "/static/plan/here.js": "5d729322b7e4f1bcc1c4c000",
  "/static/plan/outlines.js": "a4b8203e3aa6dbd05a7bb7ba",
  "/static/plan/rows.js": "575ebd6dba4b293058b19694",
  "/static/plan/sheet.js": "0283d041034593cc2134a6b0",
  "/static/plan/state.js": "94bea06d693834726a63635d",
  "/static/plan/suggest.js": "f83bbf0ecf362512c8cba6d7",
  "/static/plan/whatif.js": "8c0314e2e9aef5dc5fa7fd5c",
  "/static/stand/lists.js": "39a8eed2bab281adb351bf83",
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
  "/static/admin/screen.js": "c4e1d19e44e5dd122126c108",
  "/static/admin/slots/dates.js": "9215689846961d7c108f9848",
  "/static/admin/slots/editor.js": "2ec51b61080b09d0ad18c793",
  "/static/admin/slots/house.js": "de178741fd0de1212b8c7ef8",
  "/static/admin/slots/look.js": "6c43b458cb22ce4d694313ed",
  "/static/admin/slots/night.js": "f2ed43ed56f7285e85fad116",
  "/static/admin/slots/parts.js": "97a247c6d8dfe973c1038571",
  "/static/admin/slots/week.js": "f6efc43fda641cd509651ac7",
  "/static/admin/slots/words.js": "208e969d2a8ade3efa499001",
  "/static/admin/slots.js": "62fcaa4864def359702a2f54",
  "/static/admin/staff.js": "0a8ad1c15bd621d549a63b3d",
  "/static/admin/theme.js": "6d10364b7d1c170ca703de93",
  "/static/admin/waits.js": "7c3f084b8477142c9cd15667",
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
  "/static/parts/words.js": "d17439ab7e91ce6f7e448a89",
  "/static/replica/clock.js": "c9384a01eaf8f38b1a76d9ff",
  "/static/replica/house.js": "96686ef88ebcc44d2fc9fbc4",
  "/static/replica/kept.js": "db23c7610c4f79f0d1c76f1c",
  "/static/replica/link.js": "f820e9f18d8e287c53d35a44",
  "/static/replica/pending.js": "828ae6c454d70d9c03b4ee5e",
  "/static/replica/replica.js": "a3890dadeb38a9da5d36f676",
  "/static/replica/socket.js": "ed073c29bf5300d52da48085",
  "/static/replica/wishes.js": "2c5c055ea125576bedb3a017",
  "/static/style/admin.css": "3c09decdcda930c256977af4",
  "/static/style/base.css": "efb33cd5bfbaa8f3342c2d68",
  "/static/style/book.css": "7168abc04b28252fbf4d198b",
  "/static/style/floor.css": "dc09a108717609a33c29393e",
  "/static/style/frame.css": "2c918c546ca4f44044fc4bac",
  "/static/style/login.css": "ba1cc90d74dc0e4fd517f797",
  "/static/style/plan.css": "5d2587e393d949730cc40b1d",
  "/static/style/side.css": "e389a973c8e813ba55149b39",
  "/static/style/slots.css": "6a88eb6bd7a7f753d9df5f70",
  "/static/style/stand.css": "4b93d48487e3719170ad4fa8",
  "/static/style/times.css": "67ba8f98d43035bc340fb05f",
  "/static/style/tokens.css": "79d1be1e3bb91eb7fa0f7763",
  "/static/vendor/centrifuge.js": "2e332273bf533d72141979a2",
  "/static/vendor/icons.svg": "591602159a91d368f8de38b4",
  "/static/vendor/idb-keyval.js": "d15daee6d44b5e151a78559a",
  "/static/vendor/ui.js": "ce03202eed541d20fa6cde4e",
  "/static/pages/floor.html": "b5d6c40c0bbe2a3ed20ba451",
  "/static/pages/book.html": "38caae084d8018d96e4d0816",
  "/static/pages/stand.html": "1fc094d870a67161f18d4331",
  "/static/pages/admin.html": "a674f353355cdf7beaa0bab3"
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
