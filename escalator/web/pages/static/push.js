// Makes this browser a device of the person whom the link names, and forgets devices. Addresses are relative, so that
// a service below a path works too.
"use strict";

const form = document.getElementById("push"); // Absent where the link was used.
const said = document.getElementById("said");
const here = location.pathname;

function say(text) {
  said.textContent = text;
}

function missing() {
  if (!window.isSecureContext) return "Push needs HTTPS: open this page under the https:// address of this service.";
  if (!("serviceWorker" in navigator)) return "This browser has no service workers (a private window has none).";
  if (!("PushManager" in window) || !("Notification" in window)) {
    return "This browser cannot take push messages. On an iPhone, add this page to the home screen and open it there.";
  }
  return "";
}

function bytes(text) {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

function written(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function name() {
  const agent = navigator.userAgent;
  const browser = ["Edg", "Firefox", "Chrome", "Safari"].find((each) => agent.includes(each)) || "Browser";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((each) => agent.includes(each));
  return (browser === "Edg" ? "Edge" : browser) + (system ? " on " + system : "");
}

async function subscribed(registration, key) {
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  try {
    return await registration.pushManager.subscribe(options);
  } catch (error) {
    // Bound to another key, as after a new database: only a new subscription helps.
    const old = await registration.pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    return registration.pushManager.subscribe(options);
  }
}

// A browser that cannot reach its push service waits for it without end.
function late() {
  return new Promise((_, refuse) =>
    setTimeout(() => refuse(new Error("the browser's push service does not answer; try again later")), 30000)
  );
}

async function asked(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  if (answer.ok) return answer.status === 204 ? {} : answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail || "the service answered " + answer.status);
}

async function use() {
  if ((await Notification.requestPermission()) !== "granted") {
    say("Notifications are not allowed for this page. Allow them in the browser's settings and try again.");
    return;
  }
  say("Registering…");
  await navigator.serviceWorker.register("../worker.js", { scope: "../" });
  const registration = await navigator.serviceWorker.ready;
  const found = await Promise.race([subscribed(registration, form.dataset.key), late()]);
  await asked("POST", here, {
    endpoint: found.endpoint,
    p256dh: written(found.getKey("p256dh")),
    auth: written(found.getKey("auth")),
    label: document.getElementById("label").value.trim() || name(),
  });
  location.reload();
}

async function attempt(button, act) {
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    say("That did not work: " + error.message);
  } finally {
    button.disabled = false;
  }
}

const lacks = form && missing();
if (lacks) {
  say(lacks);
} else if (form) {
  form.hidden = false;
  document.getElementById("label").value = name();
  const button = document.getElementById("use");
  button.addEventListener("click", () => attempt(button, use));
}
const test = document.getElementById("test");
if (test) {
  test.hidden = false;
  test.addEventListener("click", () =>
    attempt(test, async () => {
      say("Sending…");
      say((await asked("POST", here + "/test", {})).text);
    })
  );
}
for (const button of document.querySelectorAll("[data-forget]")) {
  button.hidden = false;
  button.addEventListener("click", () =>
    attempt(button, async () => {
      await asked("DELETE", here + "/" + button.dataset.forget);
      location.reload();
    })
  );
}
