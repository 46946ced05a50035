// All stems of a result as one player: before or after by one key, and for after, how loud each stem is.

import { addKeys } from "./keys.js";
import { Lane } from "./lane.js";
import { Together } from "./sync.js";
import { clock } from "./words.js";

const section = document.querySelector("#result");
const words = section.dataset;
const lanes = [...section.querySelectorAll("[data-stem]")].filter((place) => place.querySelector("audio")).map((place) => new Lane(place));
const together = new Together(lanes.map((lane) => lane.sound));
const [button, place, now, told] = ["[data-play-button]", "[data-place]", "[data-now]", "[data-told]"].map((part) =>
  section.querySelector(part),
);
const sides = [...section.querySelectorAll("[data-side]")];
let side = "after";
let moving = false;

function gainOf(lane) {
  if (lane.before || side === "before") return lane.before && side === "before" ? 1 : 0;
  const pressed = (toggle) => toggle.getAttribute("aria-pressed") === "true";
  const alone = lanes.some((other) => other.solo && pressed(other.solo));
  return (alone ? pressed(lane.solo) : !pressed(lane.mute)) ? lane.level.value / 100 : 0;
}

function mix() {
  const at = together.now;
  for (const lane of lanes) lane.gain = gainOf(lane);
  if (together.playing) together.follow();
  else if (together.now !== at) together.seek(at);
}

function hear(wanted) {
  if (wanted === side) return;
  side = wanted;
  for (const choice of sides) choice.setAttribute("aria-pressed", choice.dataset.side === side);
  mix();
  told.textContent = words[side];
}

function show() {
  const seconds = together.now;
  const share = seconds / (Number(place.max) || 1);
  for (const lane of lanes) lane.at(Math.min(1, share));
  if (!moving) place.value = seconds;
  const written = clock(seconds);
  if (written === now.textContent && place.hasAttribute("aria-valuetext")) return;
  place.setAttribute("aria-valuetext", `${written} / ${clock(place.max)}`);
  now.textContent = written;
}

function tick() {
  show();
  if (together.playing) requestAnimationFrame(tick);
}

function seek(seconds) {
  together.seek(Math.max(0, Math.min(Number(place.max), seconds)));
  show();
}

function toggle() {
  if (together.playing) together.pause();
  else together.play();
}

async function draw() {
  const drawn = lanes.filter((lane) => lane.place.dataset.peaks);
  const answers = await Promise.all(drawn.map(async (lane) => (await fetch(lane.place.dataset.peaks)).json()));
  const loudest = Math.max(0.01, ...answers.flatMap((peaks) => [...peaks.highest, ...peaks.lowest.map((low) => -low)]));
  drawn.forEach((lane, k) => lane.draw(answers[k], loudest, (share) => seek(share * Number(place.max))));
}

function begin() {
  section.classList.add("ready");
  section.querySelector("[data-transport]").hidden = false;
  together.changed = () => {
    section.classList.toggle("playing", together.playing);
    button.setAttribute("aria-label", together.playing ? words.pause : words.play);
    tick();
  };
  button.addEventListener("click", toggle);
  for (const choice of sides) choice.addEventListener("click", () => hear(choice.dataset.side));
  place.addEventListener("input", () => {
    moving = true;
    seek(Number(place.value));
  });
  place.addEventListener("change", () => (moving = false));
  for (const lane of lanes.filter((found) => !found.before)) {
    for (const pressed of [lane.solo, lane.mute]) {
      pressed.addEventListener("click", () => {
        pressed.setAttribute("aria-pressed", pressed.getAttribute("aria-pressed") !== "true");
        hear("after");
        mix();
      });
    }
    lane.level.addEventListener("input", mix);
  }
  addKeys(section.querySelector("[data-keys]"), {
    switch: () => hear(side === "before" ? "after" : "before"),
    toggle,
    back: () => seek(together.now - 5),
    on: () => seek(together.now + 5),
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => lanes.forEach((lane) => lane.recolour()));
  mix();
  show();
  draw();
}

if (lanes.length) begin();
