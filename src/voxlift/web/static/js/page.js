// Small comforts of a recording's page: forms that are sent in place, so that the sound plays on; copying; local times.

import { LANGUAGE } from "./words.js";

function begin(root) {
  for (const time of root.querySelectorAll("[data-time]")) {
    const form = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "long", timeStyle: "short" });
    time.textContent = form.format(new Date(time.dateTime));
  }
  for (const form of root.querySelectorAll("form[data-in-place]")) form.addEventListener("submit", sendInPlace);
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(field.value);
  const before = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = before), 2000);
}

async function sendInPlace(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const names = form.dataset.inPlace.split(",");
    if (answer.ok && page.getElementById(names[0])) renew(page, names);
    else if (answer.ok) location.assign(answer.url);
    else complain(form, page);
  } catch {
    form.submit(); // the browser's own page says what is wrong with the network
  } finally {
    button.disabled = false;
  }
}

function renew(page, names) {
  for (const name of names) {
    const fresh = page.getElementById(name);
    document.getElementById(name).replaceWith(fresh);
    begin(fresh);
  }
  const section = document.getElementById(names[0]);
  // What was said now is where the reader is: the focus was on a button that is gone.
  const told = section.querySelector("[role=status]") ?? section.querySelector("h2");
  told.tabIndex = -1;
  told.focus();
}

function complain(form, page) {
  form.querySelector("[role=alert]")?.remove();
  const told = document.createElement("p");
  told.className = "note bad";
  told.setAttribute("role", "alert");
  form.append(told);
  told.textContent = page.querySelector("[role=alert]")?.textContent ?? page.title;
}

begin(document);
