// Makes the console an app: its worker keeps what was seen last, and this says how old that is for as long as it stands.

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js", { scope: "/" }).catch(() => undefined);

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dated = new Intl.DateTimeFormat([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

function ago(minutes) {
  if (minutes < 1) return "less than a minute ago";
  if (minutes < 60) return `${many(minutes, "minute")} ago`;
  const hours = Math.floor(minutes / 60), rest = minutes % 60;
  if (hours < 48) return `${many(hours, "hour")}${rest ? ` ${many(rest, "minute")}` : ""} ago`;
  return `${many(Math.floor(hours / 24), "day")} ago`;
}

function age() {
  const line = document.getElementById("offline-age");
  if (!line) return;
  const seen = Number(line.dataset.seen), minutes = Math.floor((Date.now() - seen) / 60000);
  line.textContent = `As of ${(minutes < 720 ? clock : dated).format(seen)}, ${ago(minutes)}.`;
  document.getElementById("offline-why").textContent = navigator.onLine ? "Escalator cannot be reached." : "You are offline.";
}

if (document.getElementById("offline")) {
  age();
  setInterval(age, 5000);
  for (const change of ["online", "offline"]) addEventListener(change, age);
  addEventListener("online", () => location.reload());
  // Something new was read from the server: what stands here is no longer old.
  document.addEventListener("console:fresh", () => document.getElementById("offline")?.remove());
}
