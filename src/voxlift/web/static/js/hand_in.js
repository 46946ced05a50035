// The first page: files dropped, chosen or recorded, and sent with a bar that shows how far they are.

import { addRecorder } from "./recorder.js";
import { fill, percent, size } from "./words.js";

const form = document.querySelector("#hand-in");

if (form) {
  document.documentElement.classList.add("scripted");
  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  begin();
  // Who comes back gets a form of its own: the one that was sent belongs to what was sent.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

function begin() {
  const words = form.dataset;
  const input = form.querySelector("#file");
  const list = form.querySelector("[data-list]");
  const told = form.querySelector("[data-told]");
  let files = [];

  function take(more) {
    complain(form, "");
    const fits = more.filter((file) => file.size <= Number(words.mostBytes));
    const large = more.find((file) => file.size > Number(words.mostBytes));
    if (large) complain(form, fill(words.tooLarge, { name: large.name }));
    if (files.length + fits.length > Number(words.mostFiles)) complain(form, words.tooMany);
    set([...files, ...fits].slice(0, Number(words.mostFiles)));
  }

  function set(chosen) {
    files = chosen;
    const held = new DataTransfer();
    for (const file of files) held.items.add(file);
    input.files = held.files;
    for (const url of list.querySelectorAll("audio")) URL.revokeObjectURL(url.src);
    list.replaceChildren(...files.map((file) => row(file, () => set(files.filter((other) => other !== file)))));
    list.hidden = !files.length;
    told.textContent = files.length ? fill(words.chosen, { names: files.map((file) => file.name).join(", ") }) : "";
  }

  function row(file, remove) {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    button.setAttribute("aria-label", fill(words.remove, { name: file.name }));
    button.addEventListener("click", () => {
      remove();
      input.focus();
    });
    item.append(text("name", file.name), text("size", size(file.size)), button);
    if (file.recorded) {
      const audio = Object.assign(document.createElement("audio"), { controls: true, src: URL.createObjectURL(file) });
      audio.setAttribute("aria-label", file.name);
      item.append(audio);
    }
    return item;
  }

  input.addEventListener("change", () => {
    const more = [...input.files];
    take(more);
  });
  addDropping(form.querySelector("[data-drop]"), take);
  addRecorder(form.querySelector("[data-recorder]"), (file) => take([file]), (sentence) => complain(form, sentence), told);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, told);
  });
}

function text(kind, content) {
  return Object.assign(document.createElement("span"), { className: kind, textContent: content });
}

function addDropping(place, take) {
  // Beside the place, a file that is dropped would be opened instead of this page.
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
}

/** Send the form by a request that tells how far it is; fetch cannot. */
function send(form, told) {
  const button = form.querySelector("button.main");
  const shown = form.querySelector("[data-sending-bar]");
  const bar = shown.querySelector("progress");
  const request = new XMLHttpRequest();
  const end = (sentence) => {
    button.disabled = false;
    shown.hidden = true;
    complain(form, sentence);
  };
  let tenths = -1;
  request.upload.addEventListener("progress", (event) => {
    const share = event.total ? event.loaded / event.total : 0;
    bar.value = share;
    if (Math.floor(share * 10) === tenths) return;
    tenths = Math.floor(share * 10);
    told.textContent = fill(form.dataset.sending, { share: percent(share) });
  });
  request.addEventListener("load", () => {
    if (request.status < 400) location.assign(request.responseURL);
    else end(alertOf(request.responseText) || form.dataset.broken);
  });
  request.addEventListener("error", () => end(form.dataset.broken));
  complain(form, "");
  button.disabled = true;
  shown.hidden = false;
  request.open("POST", form.action);
  request.send(new FormData(form));
}

function alertOf(page) {
  return new DOMParser().parseFromString(page, "text/html").querySelector("[role=alert]")?.textContent.trim();
}

function complain(form, sentence) {
  const place = form.querySelector("[data-problem]");
  place.textContent = sentence;
  place.hidden = !sentence;
  if (sentence) place.scrollIntoView({ block: "nearest" });
}
