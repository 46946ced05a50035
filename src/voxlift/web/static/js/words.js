// Numbers and sentences in the page's language; the sentences themselves come with the page.

const page = document.documentElement.lang || "en";

/** The page's language as this visitor's country writes it. */
export const LANGUAGE = navigator.languages.find((language) => language.split("-")[0] === page) ?? page;

/** Put values into a sentence: fill("{n} of {all}", { n: 1, all: 2 }). */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Write seconds as a player does: 1:05, or 1:02:05. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Write how long something takes: seconds, then minutes, then hours. */
export function duration(seconds) {
  const [unit, size] = seconds < 90 ? ["second", 1] : seconds < 5400 ? ["minute", 60] : ["hour", 3600];
  const number = Math.max(1, Math.round(seconds / size));
  return new Intl.NumberFormat(LANGUAGE, { style: "unit", unit, unitDisplay: "long" }).format(number);
}

/** Write a share as per cent. */
export function percent(share) {
  return new Intl.NumberFormat(LANGUAGE, { style: "percent" }).format(share);
}

/** Write a size in megabytes, or kilobytes where it is small. */
export function size(bytes) {
  const [unit, value] = bytes < 1e6 ? ["kilobyte", Math.max(1, Math.round(bytes / 1e3))] : ["megabyte", bytes / 1e6];
  return new Intl.NumberFormat(LANGUAGE, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}
