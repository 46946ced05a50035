// The page of several recordings: asks for each one's state until all have ended.

const ASK_SECONDS = 3;
const OPEN = ["queued", "running"];

async function look() {
  const waiting = [...document.querySelectorAll("[data-job]")].filter((row) => OPEN.includes(row.dataset.state));
  const seen = await Promise.all(waiting.map(glance));
  if (seen.some((row) => row.changed)) await redraw();
  if (document.querySelector("[data-state=queued], [data-state=running]")) lookLater(seen.map((row) => row.seconds));
}

/** The server says for each when asking again may bring something new. */
function lookLater(seconds) {
  setTimeout(look, 1000 * Math.max(ASK_SECONDS, Math.min(...seconds)));
}

async function glance(row) {
  const again = { changed: false, seconds: ASK_SECONDS };
  try {
    const answer = await fetch(row.dataset.job);
    if (answer.status === 404) return { ...again, changed: true };
    if (!answer.ok) return again;
    const { state, ask_again_seconds: seconds } = await answer.json();
    return { changed: state !== row.dataset.state, seconds: seconds ?? ASK_SECONDS };
  } catch {
    return again;
  }
}

/** Take the list from the server anew: the words for a state are its own. */
async function redraw() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector(".several").replaceChildren(...page.querySelector(".several").children);
}

lookLater([ASK_SECONDS]);
