// Keys for whoever would rather not point: on a list they move from row to row, elsewhere they press what says data-key.
// Never while somebody writes, never together with Ctrl, Alt or Meta, and Enter stays the browser's own.

const rows = () => [...document.querySelectorAll("[data-row]:not(.gone)")];
const current = () => document.activeElement?.closest("[data-row]");
const form = () => document.getElementById("acts");
const chosen = () => (form() ? form().querySelectorAll("input[name=id]:checked").length : 0);
const dialog = () => document.getElementById("keys");

const writes = (target) =>
  target.closest("input:not([type=checkbox],[type=radio]),select,textarea,[contenteditable]:not([contenteditable=false])");

function move(by) {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(current());
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  const link = next.querySelector("h2 a");
  link.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function choose() {
  const box = current()?.querySelector("input[name=id]");
  if (!box) return false;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

// What is chosen, else the row one is at: the box is ticked for as long as the form is read.
function act(name) {
  const button = form()?.querySelector(`button[name=act][value=${name}]`);
  if (!button || button.disabled) return false;
  const box = chosen() ? null : current()?.querySelector("input[name=id]");
  if (!chosen() && !box) return false;
  if (box) box.checked = true;
  form().requestSubmit(button);
  if (box) box.checked = false;
  return true;
}

function search() {
  const field = document.getElementById("q");
  if (!field) return false;
  field.focus();
  field.select();
  return true;
}

function explain() {
  if (!dialog()) return false;
  dialog().showModal();
  return true;
}

function press(key) {
  const there = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!there) return false;
  there.click();
  return true;
}

const KEYS = {
  j: () => move(1), k: () => move(-1), x: choose, "/": search, "?": explain,
  a: () => act("acknowledge"), s: () => act("snooze"), r: () => act("resolve"), e: () => act("escalate"),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  if (writes(event.target)) {
    if (event.key === "Escape" && event.target.id === "q") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) {
    if (event.key === "?") dialog()?.close();
    return;
  }
  const done = Object.hasOwn(KEYS, event.key) ? KEYS[event.key]() || press(event.key) : event.key.length === 1 && press(event.key);
  if (done) event.preventDefault();
});

document.querySelectorAll(".keys-hint").forEach((hint) => { hint.hidden = false; });
