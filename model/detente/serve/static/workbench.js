// The workbench's one script of its own. Every page works without it; it makes sliders of numbers, keeps numbers that
// must sum to one in step, moves the focus to what was opened, and says when the workbench does not answer any more.
"use strict";

const numberOf = (slider) => document.getElementById(slider.dataset.for);

// A number as people type it: 0.25, 0,25, 25% or 25 %.
function valueOf(text) {
  const share = text.trim().match(/^([0-9.,]+)\s*%$/), number = Number((share ? share[1] : text).trim().replace(",", "."));
  return share ? number / 100 : number;
}

function prepare(root) {
  for (const slider of root.querySelectorAll("input.slider")) slider.hidden = Number.isNaN(valueOf(numberOf(slider).value));
}

// The others of a row of shares that sum to one keep their proportions.
function balance(group, moved) {
  const inputs = [...group.querySelectorAll("input[type=text]")];
  const others = inputs.filter((input) => input !== moved);
  const share = valueOf(moved.value), before = others.reduce((sum, input) => sum + valueOf(input.value), 0);
  if (!(share > 0 && share < 1) || !(before > 0)) return;
  let left = Math.round((1 - share) * 1e6) / 1e6;
  others.forEach((input, place) => {
    const part = place === others.length - 1 ? left : Math.round((1 - share) * valueOf(input.value) / before * 1e4) / 1e4;
    left = Math.round((left - part) * 1e6) / 1e6;
    input.value = String(part);
    const slider = group.querySelector(`input.slider[data-for="${input.id}"]`);
    if (slider) slider.value = input.value;
  });
}

document.addEventListener("input", (event) => {
  const input = event.target;
  if (input.matches("input.slider")) numberOf(input).value = input.value;
  else if (input.matches("input[type=text]")) {
    const slider = document.querySelector(`input.slider[data-for="${CSS.escape(input.id)}"]`);
    const value = valueOf(input.value);
    if (slider && input.value.trim() && !Number.isNaN(value)) slider.value = value;
  } else return;
  const group = input.closest("[data-sums]");
  if (group) balance(group, input.matches("input.slider") ? numberOf(input) : input);
}, true);

document.addEventListener("reset", (event) => {
  const draft = document.getElementById(`${event.target.id}-draft`);
  if (draft) draft.replaceChildren();
});

document.addEventListener("DOMContentLoaded", () => {
  prepare(document);
  const opened = document.querySelector(".panel");
  if (opened && location.hash === `#${opened.id}`) opened.focus();
});
document.addEventListener("htmx:afterSwap", (event) => prepare(event.target));
document.addEventListener("htmx:sendError", () => { document.getElementById("lost").hidden = false; });
document.addEventListener("htmx:afterOnLoad", () => { document.getElementById("lost").hidden = true; });
