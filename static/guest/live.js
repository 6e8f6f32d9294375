/**
 * Keeps a guest's page as the house has it: asks every five seconds while somebody looks, and puts the fresh page in
 * place when something has changed. Without script the same page refreshes itself.
 */
const EVERY_MS = 5000; // between two looks
const SLOWER_MS = 30000; // the longest wait between two looks while the house cannot be reached
const PATIENCE_MS = 8000; // one look

const page = document.body;
const now = page.dataset.now ?? "";
const offline = /** @type {HTMLElement} */ (document.getElementById("offline"));
let tag = page.dataset.tag ?? "";
let fails = 0;
/** House time minus this phone's, in ms. */
let ahead = Date.parse(page.dataset.at ?? "") - Date.now();
let seen = Date.now();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;

/** @param {string} url @param {Record<string, string>} headers */
const ask = (url, headers = {}) =>
  fetch(url, { headers, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });

async function look() {
  clearTimeout(next);
  if (document.hidden) return;
  try {
    const said = await ask(now, tag ? { "if-none-match": tag } : {});
    const at = said.headers.get("maitred-at");
    if (at) ahead = Date.parse(at) - Date.now();
    if (said.status === 404) return location.reload();
    if (said.status === 200) {
      await renew();
      tag = said.headers.get("etag") ?? "";
    } else if (said.status !== 304) throw new Error(String(said.status));
    fails = 0;
    seen = Date.now();
    offline.hidden = true;
  } catch {
    fails += 1;
    if (fails > 1) {
      const minutes = Math.floor((Date.now() - seen) / 60000);
      const text = `No connection. ${minutes ? `This is as it was ${minutes} min ago.` : "Trying again."}`;
      if (offline.textContent !== text) offline.textContent = text;
      offline.hidden = false;
    }
  }
  tick();
  clearTimeout(next);
  next = setTimeout(look, Math.min(SLOWER_MS, EVERY_MS * 2 ** Math.max(0, fails - 1)));
}

/** The page as it is now, its live part in place of the old one; the focus stays where it was. */
async function renew() {
  const said = await ask(location.pathname);
  if (!said.ok) throw new Error(String(said.status));
  const fresh = new DOMParser().parseFromString(await said.text(), "text/html");
  const from = fresh.getElementById("live");
  const to = document.getElementById("live");
  if (!from || !to) return;
  const held = document.activeElement?.id;
  to.replaceChildren(...from.childNodes);
  document.title = fresh.title;
  if (held) document.getElementById(held)?.focus();
}

/** Count-downs run on the house's clock. */
function tick() {
  for (const left of document.querySelectorAll("[data-until]")) {
    const s = Math.max(0, Math.round((Date.parse(/** @type {HTMLElement} */ (left).dataset.until ?? "") - Date.now() - ahead) / 1000));
    const text = s >= 3600 ? "" : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")} left`;
    if (left.textContent !== text) left.textContent = text;
  }
}

document.addEventListener("visibilitychange", look);
addEventListener("online", look);
addEventListener("offline", () => { fails = 1; look(); });
// one answer is enough, however often the button is hit
document.addEventListener("submit", (event) => {
  const button = /** @type {SubmitEvent} */ (event).submitter;
  if (button) setTimeout(() => { /** @type {HTMLButtonElement} */ (button).disabled = true; });
});
setInterval(tick, 1000);
look();
