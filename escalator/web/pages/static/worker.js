// Shows what Escalator pushes, and acknowledges when the notification's own button is pressed.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const told = event.notification.data || {};
  event.waitUntil(event.action === "acknowledge" ? acknowledge(told) : open(told));
});

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
  return self.registration.showNotification(told.title || "Escalator", {
    body: told.body || "",
    tag: told.tag || "escalator",
    renotify: page,
    requireInteraction: page,
    actions: told.token ? [{ action: "acknowledge", title: "Acknowledge" }] : [],
    data: told,
  });
}

async function acknowledge(told) {
  let words = "Not acknowledged: Escalator cannot be reached. Press again, or open the incident.";
  let again = told.token;
  try {
    const answer = await fetch(new URL("replies/push", self.location), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Escalator-Push": "1" },
      body: JSON.stringify({ token: told.token, action: "acknowledge" }),
    });
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

async function open(told) {
  return told.url ? self.clients.openWindow(told.url) : undefined;
}
