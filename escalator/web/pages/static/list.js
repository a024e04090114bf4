// The list of incidents, kept true without moving what is under a finger. The frame's module fetches the page anew at each
// event and says so; here its rows are taken over: those that are there change in place, new ones wait while somebody is at
// the list, and all is put in order when nobody is.

const REST = 4000;
const list = () => document.getElementById("incidents");
const rowsOf = (root) => [...root.querySelectorAll("[data-row]")];
const boxes = () => [...document.querySelectorAll("#incidents input[name=id]")];
const arrivals = () => document.getElementById("arrivals");

let latest = null, pressed = null, touchedAt = -Infinity, settling = 0;

// --- is somebody at it? ---------------------------------------------------------------------------------------------

const hovers = matchMedia("(hover: hover)");
function busy() {
  const here = list();
  return Boolean(pressed) || scrollY > 80 || here.contains(document.activeElement) || here.querySelector("input:checked")
    || performance.now() - touchedAt < REST || (!document.hidden && hovers.matches && here.matches(":hover"));
}

// --- rows -----------------------------------------------------------------------------------------------------------

const plainly = (element) => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("time").forEach((time) => time.replaceWith(time.dateTime));
  copy.querySelectorAll("button").forEach((button) => { button.disabled = false; });
  return copy.outerHTML;
};

function update(mine, fresh) {
  if (pressed && mine.contains(pressed)) return;
  const marks = ["new"].filter((mark) => mine.classList.contains(mark));
  const again = mine.dataset.status !== "triggered" && fresh.dataset.status === "triggered";
  mine.className = fresh.className;
  mine.classList.add(...marks);
  mine.dataset.status = fresh.dataset.status;
  [...fresh.children].forEach((cell, place) => {
    const old = mine.children[place];
    if (cell.className === "pick" || plainly(old) === plainly(cell)) return;
    const held = old.contains(document.activeElement);
    old.replaceWith(document.importNode(cell, true));
    if (held) mine.querySelector("h2 a").focus({ preventScroll: true });
  });
  if (again) announce([mine]);
}

function takeOver(there) {
  const here = list(), ids = new Set(rowsOf(there).map((row) => row.id));
  for (const row of rowsOf(there)) {
    const mine = document.getElementById(row.id);
    if (mine) update(mine, row);
  }
  for (const row of rowsOf(here)) {
    const gone = !ids.has(row.id);
    row.classList.toggle("gone", gone);
    // What comes back is news again.
    if (gone) known.delete(row.id);
    const box = row.querySelector("input[name=id]");
    if (box && gone) box.checked = false;
  }
}

// Everything in its order; what is there already keeps its nodes, so that nothing chosen is forgotten.
function settle(mark = false) {
  const here = list();
  if (!latest || !here) return;
  const have = new Map(rowsOf(here).map((row) => [row.id, row]));
  const wanted = rowsOf(latest).map((row) => {
    if (have.has(row.id)) return have.get(row.id);
    const fresh = document.importNode(row, true);
    fresh.classList.toggle("new", mark || unseen.has(fresh.id));
    return fresh;
  });
  const now = rowsOf(here);
  if (now.length !== wanted.length || now.some((row, place) => row !== wanted[place])) here.replaceChildren(...wanted);
  here.hidden = wanted.length === 0;
  latest = null;
  tellWaiting();
  count();
}

function settleSoon() {
  clearTimeout(settling);
  if (!latest) return;
  if (!busy()) settle();
  else settling = setTimeout(settleSoon, 500);
}

// --- what is new ----------------------------------------------------------------------------------------------------

const unseen = new Set();
const known = new Set(list() ? rowsOf(list()).map((row) => row.id) : []);
let newest = Math.max(0, ...[...known].map((id) => Number(id.slice(1))));
const title = document.title, icon = document.querySelector('link[rel="icon"]');
const calm = icon?.getAttribute("href");

const waitingRows = () => (latest ? rowsOf(latest).filter((row) => !document.getElementById(row.id)) : []);

function tellWaiting() {
  const number = waitingRows().filter((row) => unseen.has(row.id)).length, box = arrivals();
  box.hidden = number === 0;
  box.querySelector("button").textContent = `${number} new incident${number === 1 ? "" : "s"}: show`;
}

function announce(rows) {
  const fresh = rows.filter((row) => row.dataset.status === "triggered");
  if (!fresh.length) return;
  fresh.forEach((row) => unseen.add(row.id));
  sign();
  sing();
}

function sign() {
  document.title = unseen.size ? `(${unseen.size}) ${title}` : title;
  icon?.setAttribute("href", unseen.size ? list().dataset.alertIcon : calm);
}

// Somebody looks: what stands in the list is seen; what waits behind the line is not.
function seen() {
  if (document.hidden || !unseen.size) return;
  const waits = new Set(waitingRows().map((row) => row.id));
  for (const id of [...unseen]) if (!waits.has(id)) unseen.delete(id);
  sign();
}

document.addEventListener("console:fresh", (event) => {
  const there = event.detail.getElementById("incidents");
  if (!there || !list()) return;
  const part = "part" in list().dataset;
  const arrived = rowsOf(there).filter((row) => !known.has(row.id));
  latest = there;
  takeOver(there);
  arrived.forEach((row) => known.add(row.id));
  // On one page of many, what was on the next one may move up: it is no news.
  announce(arrived.filter((row) => !part || Number(row.dataset.row) > newest));
  newest = Math.max(newest, ...arrived.map((row) => Number(row.dataset.row)));
  if (busy()) tellWaiting();
  settleSoon();
  count();
});

// --- fingers and eyes -----------------------------------------------------------------------------------------------

addEventListener("pointerdown", (event) => {
  if (list()?.contains(event.target)) { pressed = event.target; touchedAt = performance.now(); }
  seen();
});
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => {
  pressed = null;
  // After the click that this makes.
  setTimeout(() => { if (latest) { takeOver(latest); settleSoon(); } });
});
for (const sign of ["pointermove", "keydown", "scroll"]) addEventListener(sign, seen, { passive: true });
document.addEventListener("visibilitychange", seen);
arrivals()?.addEventListener("click", () => {
  const first = waitingRows()[0]?.id;
  settle(true);
  scrollTo({ top: 0 });
  document.getElementById(first)?.querySelector("h2 a").focus({ preventScroll: true });
  seen();
});

// --- choosing -------------------------------------------------------------------------------------------------------

function count() {
  const number = boxes().filter((box) => box.checked).length, word = document.getElementById("chosen");
  if (word) word.textContent = `${number} chosen`;
}

document.addEventListener("change", (event) => { if (event.target.name === "id") count(); });
document.addEventListener("reset", (event) => { if (event.target.id === "acts") setTimeout(count); });
document.addEventListener("click", (event) => {
  if (event.target.id !== "choose-all") return;
  boxes().forEach((box) => { box.checked = !box.closest(".gone"); });
  count();
});
const all = document.getElementById("choose-all");
if (all) all.hidden = false;

// An address that is shared says nothing of what was not asked.
document.getElementById("find")?.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (value === "") {
    const kept = event.formData.getAll(name).filter((each) => each !== "");
    event.formData.delete(name);
    kept.forEach((each) => event.formData.append(name, each));
  }
});

// --- sound ----------------------------------------------------------------------------------------------------------

const WISH = "escalator-sound", wish = document.getElementById("sound");
let player = null;
const wished = () => localStorage.getItem(WISH) === "on";

function showWish() {
  wish.setAttribute("aria-pressed", String(wished()));
  wish.querySelector("span").textContent = wished() ? "on" : "off";
}

function sing() {
  if (!wish || !wished()) return;
  player ??= new AudioContext();
  player.resume().catch(() => {});
  [660, 880].forEach((pitch, place) => {
    const at = player.currentTime + place * 0.18, tone = player.createOscillator(), loud = player.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, at);
    loud.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.17);
    tone.connect(loud).connect(player.destination);
    tone.start(at);
    tone.stop(at + 0.18);
  });
}

if (wish) {
  wish.hidden = false;
  showWish();
  wish.addEventListener("click", () => {
    localStorage.setItem(WISH, wished() ? "off" : "on");
    showWish();
    sing();
  });
}
count();
