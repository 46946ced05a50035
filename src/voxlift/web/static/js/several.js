// The page of several recordings: asks for each one's state until all have ended.

const ASK_MS = 3000;
const OPEN = ["queued", "running"];

async function look() {
  const waiting = [...document.querySelectorAll("[data-job]")].filter((row) => OPEN.includes(row.dataset.state));
  const changed = await Promise.all(waiting.map(hasChanged));
  if (changed.includes(true)) await redraw();
  if (document.querySelector("[data-state=queued], [data-state=running]")) setTimeout(look, ASK_MS);
}

async function hasChanged(row) {
  try {
    const answer = await fetch(row.dataset.job);
    return answer.status === 404 || (answer.ok && (await answer.json()).state !== row.dataset.state);
  } catch {
    return false;
  }
}

/** Take the list from the server anew: the words for a state are its own. */
async function redraw() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector(".several").replaceChildren(...page.querySelector(".several").children);
}

setTimeout(look, ASK_MS);
