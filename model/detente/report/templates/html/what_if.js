/* The what-if of section 4. P(h) ~ w_h sum_g exp(log weight_g + sum over parts of log m(on; g, h)): the same sum as in
   detente/exact/whatif.py, over the same tables. The page is complete without it. */
"use strict";
(() => {
  const panel = document.getElementById("what-if");
  const data = JSON.parse(document.getElementById("what-if-data").textContent);
  const slider = panel.querySelector("input[type=range]");
  const boxes = data.parts.map((part, index) => [...panel.querySelectorAll(`input[data-part="${index}"][data-item]`)]);
  const whole = data.parts.map((part, index) => panel.querySelector(`input[data-part="${index}"]:not([data-item])`));
  const width = data.prior.length;
  let moved = false;

  const row = (part, index) => {
    const on = boxes[index].map((box) => box.checked);
    if (part.every) return on.reduce((bits, isOn, place) => bits + (isOn ? 2 ** place : 0), 0);
    const off = on.indexOf(false);
    return off < 0 ? 1 : on.includes(true) ? 2 + off : 0;
  };

  const priors = () => {
    if (!moved) return data.prior;
    const share = slider.value / 100, rest = 1 - data.prior[data.lead];
    return data.prior.map((weight, h) => (h === data.lead ? share : (1 - share) * weight / rest));
  };

  const posterior = () => {
    const total = data.logWeights.flatMap((weight) => Array(width).fill(weight));
    data.parts.forEach((part, index) => part.rows[row(part, index)].forEach((value, i) => { total[i] += value; }));
    const top = Math.max(...total);
    const joint = priors().map((weight, h) => {
      let sum = 0;
      for (let i = h; i < total.length; i += width) sum += Math.exp(total[i] - top);
      return weight * sum;
    });
    const all = joint.reduce((a, b) => a + b);
    return joint.map((value) => value / all);
  };

  const percent = (p) => (p < 0.01 ? "<1" : p > 0.99 ? ">99" : String(Math.floor(100 * p + 0.5))) + "%";
  const band = (p) => data.words.find(([low, high]) => (p < 0.5 ? low <= p && p < high : low < p && p <= high));

  const show = () => {
    const untouched = !moved && boxes.flat().every((box) => box.checked); // then the report's own, sampled number stands
    posterior().forEach((p, h) => {
      const line = panel.querySelector(`[data-hypothesis="${h}"]`);
      const [, , word, span] = band(p);
      line.dataset.probability = p;
      line.querySelector(".now").textContent = untouched ? line.dataset.report : percent(p);
      line.querySelector(".word").textContent = `${word} (${span})`;
      line.querySelector(".fill").style.width = `${100 * p}%`;
    });
    data.parts.forEach((part, index) => {
      if (!whole[index]) return;
      const on = boxes[index].filter((box) => box.checked).length;
      whole[index].checked = on > 0;
      whole[index].indeterminate = on > 0 && on < part.items;
    });
    panel.querySelector(".prior").textContent = percent(priors()[data.lead]);
  };

  panel.addEventListener("input", (event) => {
    const { part, item } = event.target.dataset;
    if (event.target === slider) moved = true;
    else if (item === undefined) boxes[part].forEach((box) => { box.checked = event.target.checked; });
    else if (!data.parts[part].every) boxes[part].forEach((box) => { if (box !== event.target) box.checked = true; });
    show();
  });
  panel.querySelector("button").addEventListener("click", () => {
    panel.querySelectorAll("input[type=checkbox]").forEach((box) => { box.checked = true; });
    slider.value = slider.defaultValue;
    moved = false;
    show();
  });
  panel.hidden = false;
  show();
})();
