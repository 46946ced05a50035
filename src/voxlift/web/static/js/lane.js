// One stem: its waveform, its place in the picture, and how loud it is.

import WaveSurfer from "../vendor/wavesurfer-8.0.1.esm.js";

const HEIGHT = 64; // the policy for styles names this height's very text: see security.py

export class Lane {
  constructor(place) {
    this.place = place;
    this.name = place.dataset.stem;
    this.sound = place.querySelector("audio");
    this.before = this.name === "before";
    this.head = Object.assign(document.createElement("div"), { className: "head" });
    const mix = place.querySelector("[data-mix]");
    this.solo = mix?.querySelector("[data-solo]");
    this.mute = mix?.querySelector("[data-mute]");
    this.level = mix?.querySelector("[data-level]");
    if (mix) mix.hidden = false;
    this.sound.controls = false;
    place.querySelector("[data-picture]").append(this.head);
  }

  /** Draw the waveform; loudest is that of all stems, so that one sees which is louder. */
  draw(peaks, loudest, seek) {
    this.wave = WaveSurfer.create({
      container: this.place.querySelector("[data-wave]"),
      media: this.sound, peaks: [peaks.highest, peaks.lowest], duration: peaks.seconds,
      height: HEIGHT, barWidth: 2, barGap: 1, barRadius: 2, cursorWidth: 0, normalize: true, maxPeak: loudest, interact: false,
      hideScrollbar: true, ...this.colours(),
    });
    // It begins at the start, though somebody may have moved on before it was drawn.
    this.wave.on("ready", () => this.wave.setTime(this.sound.currentTime));
    addDragging(this.place.querySelector("[data-picture]"), seek);
  }

  recolour() {
    this.wave?.setOptions(this.colours());
  }

  colours() {
    const style = getComputedStyle(document.documentElement);
    const kind = this.before || this.name === "rest" ? "--wave-before" : "--wave";
    return { waveColor: style.getPropertyValue(kind).trim(), progressColor: style.getPropertyValue(`${kind}-done`).trim() };
  }

  set gain(gain) {
    this.sound.volume = gain;
    this.sound.muted = gain === 0;
    this.place.classList.toggle("heard", gain > 0);
  }

  at(share) {
    this.head.style.left = `${100 * share}%`;
  }
}

/** Seek by pressing on a picture, and by moving on from there; touching and scrolling the page stays what it is. */
function addDragging(picture, seek) {
  const go = (event) => {
    const { left, width } = picture.getBoundingClientRect();
    seek(Math.max(0, Math.min(1, (event.clientX - left) / width)));
  };
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    picture.setPointerCapture(event.pointerId);
    go(event);
  });
  picture.addEventListener("dragstart", (event) => event.preventDefault());
  picture.addEventListener("pointermove", (event) => picture.hasPointerCapture(event.pointerId) && go(event));
}
