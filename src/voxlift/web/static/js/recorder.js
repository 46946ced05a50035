// Records from the microphone, where the browser can; what comes out is a file like any other.

import { clock } from "./words.js";

const KINDS = [["audio/webm;codecs=opus", "webm"], ["audio/mp4", "m4a"], ["audio/ogg;codecs=opus", "ogg"]];
// The room as it is: what the browser would take away is what Voxlift is there for.
const AS_IT_IS = { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } };

export function addRecorder(place, take, complain, told) {
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return;
  const button = place.querySelector("[data-record]");
  const words = place.dataset;
  let running = null;
  place.hidden = false;
  button.addEventListener("click", async () => {
    if (running) {
      running.stop();
      return;
    }
    button.disabled = true;
    try {
      running = await record(place, (file) => {
        running = null;
        told.textContent = words.ended;
        take(file);
      });
      told.textContent = words.began;
    } catch (problem) {
      complain(problem.name === "NotFoundError" ? words.missing : words.refused);
    } finally {
      button.disabled = false;
    }
  });
}

async function record(place, done) {
  const stream = await navigator.mediaDevices.getUserMedia(AS_IT_IS);
  const [type, suffix] = KINDS.find(([kind]) => MediaRecorder.isTypeSupported(kind)) ?? ["", "webm"];
  const recorder = new MediaRecorder(stream, { ...(type && { mimeType: type }), audioBitsPerSecond: 192_000 });
  const pieces = [];
  const hide = show(place, stream);
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  recorder.addEventListener("stop", () => {
    hide();
    for (const track of stream.getTracks()) track.stop();
    const at = new Date();
    const two = (number) => String(number).padStart(2, "0");
    const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
    const name = `${place.dataset.name} ${day} ${two(at.getHours())}.${two(at.getMinutes())}.${two(at.getSeconds())}.${suffix}`;
    done(Object.assign(new File(pieces, name, { type: recorder.mimeType }), { recorded: true }));
  });
  recorder.start(1000);
  return recorder;
}

/** Show that it records: time and level; gives what hides it again. */
function show(place, stream) {
  const [live, time, meter] = ["[data-live]", "[data-clock]", "[data-meter]"].map((part) => place.querySelector(part));
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  const began = performance.now();
  context.createMediaStreamSource(stream).connect(analyser);
  turn(place, true);
  live.hidden = false;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // From -60 dB to full scale.
    meter.value = Math.max(0, 1 + Math.log10(power + 1e-12) / 6);
    time.textContent = clock((performance.now() - began) / 1000);
  }, 100);
  return () => {
    clearInterval(timer);
    context.close();
    turn(place, false);
    live.hidden = true;
  };
}

function turn(place, on) {
  place.querySelector("[data-record]").setAttribute("aria-pressed", on);
  place.querySelector("[data-when=idle]").hidden = on;
  place.querySelector("[data-when=live]").hidden = !on;
}
