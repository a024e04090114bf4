// Keeps an open page true: clocks run, and what changed on the server is swapped in. Without it every page and form works.
// Other modules listen for the event `console:fresh` on the document, and may cancel `console:swap` on an element.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const skew = Date.parse(document.body.dataset.now) - Date.now();
const now = () => Date.now() + skew;
let written = document.body.dataset.now;

// --- clocks ---------------------------------------------------------------------------------------------------------

const dayOf = (date) => date.toDateString();
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dated = new Intl.DateTimeFormat([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const whole = new Intl.DateTimeFormat([], { dateStyle: "full", timeStyle: "long" });

function apart(seconds, exactly) {
  const two = (number) => String(number).padStart(2, "0");
  if (exactly && seconds < HOUR) return `${Math.floor(seconds / MINUTE)}:${two(seconds % MINUTE)}`;
  if (seconds < 90) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  const rest = Math.floor((seconds % HOUR) / MINUTE);
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h${rest ? ` ${rest} min` : ""}`;
  return `${Math.floor(seconds / DAY)} d`;
}

function tell(time) {
  const at = Date.parse(time.dateTime);
  if (Number.isNaN(at)) return;
  const seconds = Math.round((at - now()) / 1000);
  let text;
  if ("until" in time.dataset) text = seconds <= 0 ? "now" : `in ${apart(seconds, true)}`;
  else if ("ago" in time.dataset) text = seconds > 0 ? `in ${apart(seconds)}` : `${apart(-seconds)} ago`;
  else if (!time.dataset.told) text = (dayOf(new Date(at)) === dayOf(new Date(now())) ? clock : dated).format(at);
  if (text !== undefined && time.textContent !== text) time.textContent = text;
  if (!time.dataset.told) {
    time.title = `${whole.format(at)}\n${time.title}`;
    time.dataset.told = "yes";
  }
}

const tellAll = (within = document) => within.querySelectorAll("time[datetime]").forEach(tell);

// --- swapping -------------------------------------------------------------------------------------------------------

let pressed = null;
addEventListener("pointerdown", (event) => { pressed = event.target; });
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressed = null; });

const held = (element) => {
  const focus = document.activeElement;
  const writes = focus && focus.matches("input:not([type=checkbox]),select,textarea") && element.contains(focus);
  return writes || (pressed && element.contains(pressed));
};

const plainly = (element) => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("time").forEach((time) => time.replaceWith(time.dateTime));
  copy.querySelectorAll("details").forEach((each) => each.removeAttribute("open"));
  return copy.innerHTML;
};

function take(fresh, element) {
  if (plainly(fresh) === plainly(element) || held(element)) return;
  const asked = new CustomEvent("console:swap", { bubbles: true, cancelable: true, detail: fresh });
  if (!element.dispatchEvent(asked)) return;
  const open = new Set([...element.querySelectorAll("details[id][open]")].map((each) => each.id));
  const focus = element.contains(document.activeElement) && document.activeElement.id;
  const next = document.importNode(fresh, true);
  element.replaceWith(next);
  next.querySelectorAll("details[id]").forEach((each) => { each.open ||= open.has(each.id); });
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  tellAll(next);
}

function show(page) {
  written = page.body.dataset.now ?? written;
  document.querySelectorAll("[id][data-live]").forEach((element) => {
    const fresh = page.getElementById(element.id);
    if (fresh) take(fresh, element);
  });
  document.dispatchEvent(new CustomEvent("console:fresh", { detail: page }));
}

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const APART = 400, FAR_APART = 5000, SHARE = 4;
let asking = false, again = false, pause = APART;

// What changes in quiet is seen at once. In a storm each look waits longer than the one before, and several times as
// long as the server took for it: a hundred open consoles must not keep it from paging.
async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  const began = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname === "/sign-in") location.assign(answer.url);
    else if (answer.ok) {
      const page = parse(await answer.text());
      if (page.getElementById("said")?.childElementCount) says(page);
      show(page);
    }
  } catch { /* the line is down: the next event, or coming back, asks again */ }
  setTimeout(() => {
    asking = false;
    pause = again ? Math.min(2 * pause, FAR_APART) : APART;
    if (again) { again = false; refresh(); }
  }, Math.max(pause, SHARE * (performance.now() - began)));
}

// --- events ---------------------------------------------------------------------------------------------------------

// A browser keeps six lines to one host: a page that nobody sees lets go of its own, unless it is one that calls.
const listens = () => document.querySelector(document.hidden ? "[data-events=always]" : "[data-events]");
const PATIENCE = 4000, POLL = 15000;
let stream = null, cut = null;

function listen() {
  if (!listens()) { stream?.close(); stream = null; return; }
  if (stream) return;
  stream = new EventSource(`/events?at=${encodeURIComponent(written)}`);
  let first = true;
  stream.addEventListener("open", () => { if (!first || cut) refresh(); first = false; mended(); });
  for (const kind of ["incident", "house"]) stream.addEventListener(kind, refresh);
  stream.addEventListener("error", () => { cut ??= setTimeout(lost, PATIENCE); });
}

function lost() {
  const since = clock.format(now() - PATIENCE);
  document.getElementById("line").textContent = `Not live since ${since}: trying to reach Escalator again.`;
  document.documentElement.classList.add("cut");
  cut = setInterval(() => { stream?.close(); stream = null; listen(); refresh(); }, POLL);
}

function mended() {
  clearInterval(cut);
  cut = null;
  document.getElementById("line").textContent = "";
  document.documentElement.classList.remove("cut");
}

addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
document.addEventListener("visibilitychange", () => {
  listen();
  if (!document.hidden && listens()) refresh();
});

// --- forms ----------------------------------------------------------------------------------------------------------

function says(page) {
  const fresh = page.getElementById("said"), here = document.getElementById("said");
  if (fresh && here) here.replaceChildren(...fresh.childNodes);
}

async function send(form, button) {
  const fields = new URLSearchParams(new FormData(form, button));
  const buttons = [...form.querySelectorAll("button")];
  buttons.forEach((each) => { each.disabled = true; });
  try {
    const target = button?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
    const answer = await fetch(target, { method: "POST", body: fields, headers: { accept: "text/html" } });
    const page = parse(await answer.text());
    const there = new URL(answer.url), here = new URL(location.href);
    if (answer.redirected && (there.pathname !== here.pathname || there.search !== here.search)) {
      // The sentence was read by this fetch: keep it for the page that is opened next.
      sessionStorage.setItem("said", page.getElementById("said")?.innerHTML ?? "");
      location.assign(answer.url);
    } else if (answer.redirected) {
      form.reset();
      form.closest("details")?.removeAttribute("open");
      says(page);
      show(page);
    } else wholePage(page, answer);
  } catch {
    notice("Nothing was sent: Escalator cannot be reached from here.", "bad");
  }
  buttons.forEach((each) => { each.disabled = false; });
}

function wholePage(page, answer) {
  const main = page.getElementById("main");
  if (main) {
    document.getElementById("main").replaceWith(main);
    says(page);
    tellAll();
    (main.querySelector("[aria-invalid=true]") ?? main).focus();
  } else {
    const text = [...page.querySelectorAll("main h1, main p")].map((each) => each.textContent).join(": ");
    notice(text || `That did not work (${answer.status}).`, "bad");
  }
}

export function notice(text, tone = "done") {
  const box = document.createElement("div"), line = document.createElement("p");
  box.className = `notice ${tone}`;
  line.textContent = text;
  box.append(line);
  document.getElementById("said").replaceChildren(box);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "plain" in form.dataset) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector("details.who[open]")?.removeAttribute("open");
});
document.addEventListener("click", (event) => {
  const sheet = document.querySelector("details.who[open]");
  if (sheet && !sheet.contains(event.target)) sheet.removeAttribute("open");
});

const kept = sessionStorage.getItem("said");
if (kept) {
  sessionStorage.removeItem("said");
  says(parse(`<div id="said">${kept}</div>`));
}
tellAll();
setInterval(tellAll, 1000);
listen();

export { refresh, show, now };
