// The other half of the service worker: what was seen last is shown where the line is down, with its age. The door that
// serves it says before what SHELL is (files, each with its mark) and MARK (that of all of them).
// Law: nothing that is kept outlives the session in which it was seen, and nothing that changes anything is ever kept.

const KEPT = "escalator-seen", FILES = `escalator-files-${MARK}`;
const MOST = 40, PATIENCE = 8000;
const SEEN = "x-escalator-seen", SKEW = "x-escalator-skew", SEAT = "x-escalator-seat";
let era = 0;
const PLAIN = ["content-type", "content-security-policy", "referrer-policy"];

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (/^\/sign-(in|out)\b/.test(url.pathname)) event.waitUntil(forgetAll());
  if (/^\/(sign-in|sign-out|devices|replies|events|api|integrations|worker\.js)\b/.test(url.pathname)) return;
  if (request.method !== "GET") {
    if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => notDone()));
  } else if (url.pathname.startsWith("/assets/")) event.respondWith(file(request, url));
  else if (request.mode === "navigate") event.respondWith(page(event, request));
  else if (keeps(url)) event.respondWith(fresh(event, request));
});

const keeps = (url) => url.pathname === "/" || /^\/incidents\/\d+$/.test(url.pathname);

async function fill() {
  const files = await caches.open(FILES);
  await Promise.allSettled(SHELL.map((path) => files.add(path)));
}

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("escalator-files-") && name !== FILES).map((name) => caches.delete(name)));
}

// A file's mark is its content's: one that matches is never asked for again.
async function file(request, url) {
  const known = url.search && (await caches.match(request.url, { cacheName: FILES, ignoreVary: true }));
  if (known) return known;
  try {
    return await fetch(request);
  } catch (failure) {
    const older = await caches.match(request.url, { ignoreSearch: true, ignoreVary: true });
    if (older) return older;
    throw failure;
  }
}

async function page(event, request) {
  const old = keeps(new URL(request.url)) && (await kept(request.url));
  try {
    const answer = await (old ? inTime(fresh(event, request)) : fresh(event, request));
    return old && [502, 503, 504].includes(answer.status) ? shown(old) : answer;
  } catch {
    return old ? shown(old) : nothing(request);
  }
}

const inTime = (answer) =>
  Promise.race([answer, new Promise((_, refuse) => setTimeout(() => refuse(new Error("no answer")), PATIENCE))]);

async function fresh(event, request) {
  const began = era, answer = await fetch(request);
  if (keeps(new URL(request.url))) event.waitUntil(learn(request.url, answer, answer.clone(), began));
  return answer;
}

async function learn(url, answer, copy, began) {
  const out = answer.type === "opaqueredirect" || new URL(answer.url || url).pathname === "/sign-in";
  if (out || answer.status === 401) await forgetAll();
  else if (answer.status === 200 && !answer.redirected) await keep(url, copy, began);
  else if ([403, 404].includes(answer.status)) await (await caches.open(KEPT)).delete(url);
}

// --- what is kept ---------------------------------------------------------------------------------------------------

async function keep(url, answer, began) {
  if (!(answer.headers.get("content-type") || "").startsWith("text/html")) return;
  const text = await answer.text();
  const body = /<body data-now="([^"]+)" data-seat="([^"]+)"/.exec(text);
  if (!body) return;
  const [, now, seat] = body, cache = await caches.open(KEPT);
  await forget(cache, seat);
  // A page that says once what a form came to is not the state of anything.
  if (!/<div id="said"[^>]*>\s*<\/div>/.test(text)) return;
  const headers = new Headers(PLAIN.filter((name) => answer.headers.has(name)).map((name) => [name, answer.headers.get(name)]));
  headers.set(SEEN, String(Date.now()));
  headers.set(SKEW, String(Date.parse(now) - Date.now()));
  headers.set(SEAT, seat);
  if (began === era) await cache.put(url, new Response(text, { headers }));
}

// An answer that was on its way while somebody signed out comes too late to be kept.
function forgetAll() {
  era += 1;
  return caches.delete(KEPT);
}

// What another session saw goes, and the oldest where there is too much.
async function forget(cache, seat) {
  const all = await Promise.all((await cache.keys()).map(async (key) => [key, await cache.match(key)]));
  const ours = all.filter(([, answer]) => answer && answer.headers.get(SEAT) === seat);
  const gone = all.filter((each) => !ours.includes(each));
  ours.sort(([, one], [, other]) => other.headers.get(SEEN) - one.headers.get(SEEN));
  await Promise.all([...gone, ...ours.slice(MOST - 1)].map(([key]) => cache.delete(key)));
}

const kept = (url) => caches.match(url, { cacheName: KEPT });

// --- what is shown --------------------------------------------------------------------------------------------------

const iso = (at) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");

const clock = (at) => new Date(at).toTimeString().slice(0, 5);

function ago(at) {
  const minutes = Math.round((Date.now() - at) / 60000), hours = Math.floor(minutes / 60);
  const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  if (minutes < 1) return "just now";
  if (hours >= 48) return `${many(Math.floor(hours / 24), "day")} ago`;
  return hours ? `${many(hours, "hour")} ${minutes % 60 ? many(minutes % 60, "minute") + " " : ""}ago` : `${many(minutes, "minute")} ago`;
}

// The clocks of the page go on from its server's time; what is counted down to may have happened since.
async function shown(old) {
  const seen = Number(old.headers.get(SEEN)), skew = Number(old.headers.get(SKEW));
  const why = navigator.onLine ? "Escalator cannot be reached." : "You are offline.";
  const words = `<strong id="offline-age" data-seen="${seen}">As of ${clock(seen)}, ${ago(seen)}.</strong> <span id="offline-why">${why}</span>`;
  const banner = `<div id="offline" class="notice warn standing" role="status"><p>${words} What you press now does not arrive.</p></div>`;
  const text = (await old.text())
    .replace(/<body data-now="[^"]+"/, () => `<body data-now="${iso(Date.now() + skew)}"`)
    .replace(/(?=<div id="said")/, () => banner);
  return new Response(text, { headers: old.headers });
}

const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

const escape = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

function said(title, lines, status) {
  const style = SHELL.find((path) => path.startsWith("/assets/console.css"));
  const text = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Escalator</title><link rel="stylesheet" href="${style}"></head>
<body><main id="main"><h1>${title}</h1>${lines.join("")}</main></body></html>`;
  return new Response(text, { status, headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY } });
}

const notDone = () => said("Not done: Escalator cannot be reached", [
  "<p>Nothing was sent, and nothing was changed. Go back, and try again when the line is there.</p>",
], 503);

async function nothing(request) {
  const cache = await caches.open(KEPT);
  const all = await Promise.all((await cache.keys()).map(async (key) => [key.url, await cache.match(key)]));
  all.sort(([, one], [, other]) => other.headers.get(SEEN) - one.headers.get(SEEN));
  const rows = all.map(([url, answer]) => {
    const at = new URL(url), path = at.pathname + at.search;
    const name = at.pathname === "/" ? `The incidents${at.search && ` (${decodeURIComponent(at.search.slice(1))})`}` : `Incident ${at.pathname.split("/").pop()}`;
    return `<li><a href="${escape(path)}">${escape(name)}</a> <span class="soft">as of ${clock(Number(answer.headers.get(SEEN)))}</span></li>`;
  });
  const again = `<p>This page was not kept. <a href="${escape(request.url)}">Try again</a></p>`;
  return said(navigator.onLine ? "Escalator cannot be reached" : "You are offline", [
    again, rows.length ? `<h2>What was seen last</h2><ul>${rows.join("")}</ul>` : "",
  ], 503);
}
