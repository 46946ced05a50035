// Progress: asked for again and again while there are many before this one, then by server-sent events as it comes, or,
// where these cannot be had, by asking on.

import { duration, fill, percent } from "./words.js";

const ASK_SECONDS = 2; // where the server said nothing else
const NEAR = 3;
const OPEN = ["queued", "running"];

const section = document.querySelector("#progress");
const words = section.dataset;
const bar = section.querySelector("[data-bar]");
const share = section.querySelector("[data-share]");
const left = section.querySelector("[data-left-told]");
const doing = section.querySelector("[data-doing]");

function show(view) {
  if (!OPEN.includes(view.state)) {
    location.reload();
    return;
  }
  bar.value = view.progress;
  share.textContent = percent(view.progress);
  left.textContent = view.seconds_left === null ? "" : fill(words.left, { time: duration(view.seconds_left) });
  const sentence = sentenceOf(view);
  // Only what is new is read aloud.
  if (doing.textContent.trim() !== sentence) doing.textContent = sentence;
}

function sentenceOf(view) {
  if (view.state === "running") return words.lifting;
  return view.ahead ? fill(words.queue, { number: view.ahead }) : words.next;
}

/** Streams are few: they are for those whose turn it is, or is about to be. */
function near(view) {
  return view.state === "running" || view.ahead <= NEAR;
}

function listen() {
  const events = new EventSource(words.events);
  events.addEventListener("progress", (event) => {
    const view = JSON.parse(event.data);
    if (!OPEN.includes(view.state)) events.close();
    show(view);
  });
  events.addEventListener("gone", () => {
    events.close();
    location.reload();
  });
  // A stream that only ended is opened again by the browser; one that was refused is not.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(ask, 1000 * ASK_SECONDS, false);
  });
}

/** The server says when asking again may bring something new. */
async function ask(mayListen) {
  let seconds = ASK_SECONDS;
  try {
    const answer = await fetch(words.asked);
    if (answer.status === 404) {
      location.reload();
      return;
    }
    if (answer.ok) {
      const view = await answer.json();
      show(view);
      if (!OPEN.includes(view.state)) return;
      if (mayListen && near(view)) {
        listen();
        return;
      }
      seconds = view.ask_again_seconds;
    }
  } catch {
    // The network is away; it may come back.
  }
  setTimeout(ask, 1000 * seconds, mayListen);
}

ask(Boolean(window.EventSource));
