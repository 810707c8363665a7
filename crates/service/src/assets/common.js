// What the pages of `tidegate serve` share. A page that follows has `WORDS` and `languageChanged`.
// Texts of posts and rules become text nodes, never HTML.
"use strict";

const RETRY_MS = 2000;

const at = (id) => document.getElementById(id);

/** An element; strings among the children become text. */
function h(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** An element of SVG. */
function svg(name, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

// --- Language -----------------------------------------------------------------------------------

let language = "en";
const w = () => WORDS[language];

/** The language of the address, or else that of the browser. */
function firstLanguage() {
  const own = (navigator.languages?.[0] ?? navigator.language ?? "en").toLowerCase().split("-")[0];
  return languageOf(location.hash) ?? (own in WORDS ? own : "en");
}

function languageOf(hash) {
  const named = new URLSearchParams(hash.slice(1)).get("lang");
  return named in WORDS ? named : null;
}

function setLanguage(chosen) {
  language = chosen;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  document.title = `tidegate · ${w().title}`;
  for (const element of document.querySelectorAll("[data-w]")) element.textContent = w()[element.dataset.w];
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  languageChanged();
}

// --- Asking the service -------------------------------------------------------------------------

/** An answer that is not 2xx. */
class Refused extends Error {
  constructor(status, message, retryMs) {
    super(message);
    Object.assign(this, { status, retryMs });
  }
}

async function ask(path, options) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  if (answer.ok) return answer.json();
  let message = "";
  try {
    message = (await answer.json()).error.message;
  } catch {
    // A proxy answers in its own form.
  }
  const seconds = Number(answer.headers.get("Retry-After"));
  throw new Refused(answer.status, message, seconds > 0 ? seconds * 1000 : RETRY_MS);
}

// --- Categories ---------------------------------------------------------------------------------

let categories = [];

function categoryName(name) {
  const named = categories.find((category) => category.name === name);
  return language === "zh" && named ? named.name_zh : name;
}

/** The colour class of a category: by its number, as in reports. */
function fillOf(name) {
  const known = categories.find((category) => category.name === name);
  return known ? known.fill : "fill-0";
}

function dot(category) {
  return svg("svg", { class: "dot", viewBox: "0 0 10 10", "aria-hidden": "true" },
    svg("rect", { class: fillOf(category), width: 10, height: 10, rx: 2 }));
}

const number = (value) => value.toLocaleString("en-US");
const when = (seconds) => new Date(seconds * 1000).toLocaleString(language === "zh" ? "zh-CN" : "en-GB");
