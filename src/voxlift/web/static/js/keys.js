// Keys of the player. They can be turned off, for who speaks to the computer or presses keys by accident.

const REMEMBERED = "voxlift-keys";

export function addKeys(place, actions) {
  const on = place.querySelector("[data-keys-on]");
  place.hidden = false;
  on.checked = localStorage.getItem(REMEMBERED) !== "off";
  on.addEventListener("change", () => localStorage.setItem(REMEMBERED, on.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!on.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.code === "KeyX") return;
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    actions[action]();
  });
}

function actionOf(event) {
  const { target } = event;
  if (target.closest("textarea, select, [contenteditable]")) return null;
  const kind = target.closest("input")?.type;
  if (kind && !["range", "checkbox", "radio"].includes(kind)) return null;
  // By place where the keyboard writes other letters (Korean), by letter where it has this one elsewhere.
  if (event.key.toLowerCase() === "x" || (event.code === "KeyX" && !/^[a-z]$/i.test(event.key))) return "switch";
  if (event.key === " " && !target.closest("input, button, a, summary")) return "toggle";
  if (target.closest("input")) return null;
  return { ArrowLeft: "back", ArrowRight: "on" }[event.key] ?? null;
}
