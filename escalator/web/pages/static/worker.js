// Shows what Escalator pushes, and acknowledges when the notification's own button is pressed.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(take(read(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const told = event.notification.data || {};
  event.waitUntil(event.action === "acknowledge" ? acknowledge(told) : open(told));
});

async function take(told) {
  await show(told);
  // Only now is it known that somebody can see it. Where that cannot be said, nothing is lost but a line in the ledger.
  if (told.receipt) await post({ receipt: told.receipt, action: "shown" }).catch(() => undefined);
}

function post(said) {
  return fetch(new URL("replies/push", self.location), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Escalator-Push": "1" },
    body: JSON.stringify(said),
  });
}

function read(data) {
  try {
    return data ? data.json() : {};
  } catch {
    return {};
  }
}

// A browser that is sent a push and shows nothing loses its permission: something is always shown.
function show(told) {
  const page = told.kind === "page";
  const icon = new URL("devices/icon.png", self.location).href;
  return self.registration.showNotification(told.title || "Escalator", {
    body: told.body || "",
    icon,
    tag: told.tag || "escalator",
    renotify: page || told.kind === "test",
    requireInteraction: page,
    actions: told.token ? [{ action: "acknowledge", title: "Acknowledge" }] : [],
    data: told,
  });
}

async function acknowledge(told) {
  let words = "Not acknowledged: Escalator cannot be reached. Press again, or open the incident.";
  let again = told.token;
  try {
    const answer = await post({ token: told.token, action: "acknowledge" });
    if (answer.ok) {
      words = (await answer.json()).text;
      again = null;
    } else {
      words = "Not acknowledged (" + answer.status + "). Press again, or open the incident.";
    }
  } catch {
    // The words say it.
  }
  return show({ ...told, kind: "answer", body: words, token: again });
}

// Where notifications have no buttons (Safari, Firefox), the page on which one can acknowledge takes their place.
function open(told) {
  const buttons = Notification.maxActions > 0;
  const where = told.token && !buttons ? new URL("replies/link/" + told.token, self.location).href : told.url;
  return where ? shownAlready(where) : undefined;
}

// An app that has the incident open already comes to the front; a second window of it would help nobody.
async function shownAlready(where) {
  const windows = await self.clients.matchAll({ type: "window" });
  const there = windows.find((each) => each.url.split("#")[0] === where);
  return there ? there.focus() : self.clients.openWindow(where);
}
