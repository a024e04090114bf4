// Dragging across a calendar chooses the time in the form below; without it the form is filled by hand, or by a link.
// The mouse drags at once. A finger scrolls, until the button says that it chooses.

const STEP = 30 * 60_000;
const calendar = () => document.getElementById("calendar");
const form = () => document.querySelector("form[data-change]");
let drag = null, swallow = false;

const strip = (target) => target.closest?.(".strip")?.querySelector(".scroll > svg");
const pressed = () => document.querySelector("[data-choose]")?.getAttribute("aria-pressed") === "true";

function when(svg, x) {
  const box = svg.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (x - box.left) / box.width));
  const since = Number(svg.dataset.since), until = Number(svg.dataset.until);
  return since + share * (until - since);
}

function local(at) {
  // The form speaks the schedule's own time; Swedish is how browsers write ISO dates.
  const zone = calendar().dataset.zone;
  const words = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, ...words }).format(at).replace(" ", "T");
}

function span(svg, from, to) {
  // Steps count from the start of the week, which is a midnight there.
  const since = Number(svg.dataset.since), until = Number(svg.dataset.until);
  const floor = (at) => since + Math.floor((at - since) / STEP) * STEP;
  const start = floor(Math.min(from, to)), end = Math.min(until, floor(Math.max(from, to)) + STEP);
  return [start, end];
}

function paint() {
  const { svg, from, to } = drag, since = Number(svg.dataset.since), until = Number(svg.dataset.until);
  const [start, end] = span(svg, from, to);
  svg.querySelector(".chosen")?.remove();
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const share = (at) => `${((at - since) / (until - since)) * 100}%`;
  for (const [name, value] of Object.entries({ class: "chosen", x: share(start), y: 28, width: share(since + end - start), height: svg.getAttribute("height") - 30 })) rect.setAttribute(name, value);
  svg.append(rect);
}

function fill(start, end) {
  const fields = form().elements;
  for (const [name, at] of [["from", start], ["until", end]]) {
    fields[name].type = "datetime-local";
    fields[name].value = local(at);
  }
  form().closest("section").scrollIntoView({ block: "nearest" });
  fields.person.focus({ preventScroll: true });
}

document.addEventListener("pointerdown", (event) => {
  const svg = strip(event.target);
  if (!svg || !form() || !svg.contains(event.target) || event.button !== 0) return;
  if (event.pointerType !== "mouse" && !pressed()) return;
  document.querySelectorAll(".chosen").forEach((each) => each.remove());
  const at = when(svg, event.clientX);
  drag = { svg, from: at, to: at, x: event.clientX, id: event.pointerId, moved: false };
});

document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  if (!drag.moved && Math.abs(event.clientX - drag.x) < 6) return;
  if (!drag.moved) drag.svg.setPointerCapture(event.pointerId);
  drag.moved = true;
  drag.to = when(drag.svg, event.clientX);
  paint();
});

document.addEventListener("pointerup", (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  const { svg, from, to, moved } = drag;
  drag = null;
  if (!moved) return;
  swallow = true;  // else the shift under the pointer would count as pressed
  setTimeout(() => { swallow = false; });
  fill(...span(svg, from, to));
  choosing(false);
});

document.addEventListener("pointercancel", () => {
  drag?.svg.querySelector(".chosen")?.remove();
  drag = null;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll(".chosen").forEach((each) => each.remove());
  drag = null;
  choosing(false);
});
document.addEventListener("dragstart", (event) => { if (strip(event.target)) event.preventDefault(); });
document.addEventListener("click", (event) => {
  if (swallow) { event.preventDefault(); swallow = false; return; }
  const button = event.target.closest?.("[data-choose]");
  if (button) choosing(!pressed());
});

function choosing(yes) {
  document.querySelector("[data-choose]")?.setAttribute("aria-pressed", String(yes));
  calendar()?.classList.toggle("choosing", yes);
}

function show() {
  document.querySelectorAll("[data-choose],[data-choose-hint]").forEach((each) => { each.hidden = false; });
}

// On a narrow screen a week is wider than its box: it opens where the present is.
document.querySelectorAll(".strip .present").forEach((line) => {
  const box = line.closest(".scroll"), at = line.getBoundingClientRect().left - box.getBoundingClientRect().left;
  box.scrollLeft += at - box.clientWidth / 2;
});
document.addEventListener("console:fresh", show);
// A form that must be mended brings a whole new page with it.
new MutationObserver(show).observe(document.body, { childList: true });
show();
