#pragma once

/// The beginning and the end of the report: its looks, and the script of its curves.
namespace study::report {

inline constexpr const char* page_head = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Autoencoders on FashionMNIST</title>
<link rel="icon" href="data:,">
<style>
:root {
  color-scheme: light dark;
  --back: #fbfbfa; --card: #ffffff; --text: #1d2026; --soft: #5a606b; --edge: #dcdee3; --line: #e8e9ed; --mark-back: #e4f2e7;
  --mark-text: #145a28;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14161a; --card: #1c1f25; --text: #e6e8ec; --soft: #a2a9b5; --edge: #363b45; --line: #2a2e36; --mark-back: #1d3a26;
    --mark-text: #a5e3b5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--back); color: var(--text);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "Helvetica Neue",
    Arial, sans-serif;
}
main { max-width: 72rem; margin: 0 auto; padding: 3rem 1.25rem 5rem; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 5vw, 2.75rem); letter-spacing: -.02em; margin: 0 0 1rem; }
h2 { font-size: 1.6rem; letter-spacing: -.01em; margin: 3.5rem 0 1rem; padding-top: 1.25rem; border-top: 1px solid var(--edge); }
h3 { font-size: 1.25rem; margin: 2rem 0 .5rem; }
p, main > ul, main > ol { max-width: 44rem; }
p { margin: 0 0 1rem; }
li + li { margin-top: .5rem; }
.lead { font-size: 1.15rem; }
.run { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: 1.5rem 0 0; }
.run dt::first-letter { text-transform: uppercase; }
.run dd { overflow-wrap: anywhere; }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .9375rem; line-height: 1.35; font-variant-numeric: tabular-nums lining-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .5rem; }
th, td { padding: .5rem .75rem; text-align: right; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; font-size: .875rem; color: var(--soft); vertical-align: bottom; border-bottom-color: var(--edge); }
tbody th { font-weight: 600; white-space: nowrap; }
#results { width: 100%; }
#results td { white-space: nowrap; }
#results th:first-child, #losses tr:first-child th:first-child, #losses tbody th { text-align: left; position: sticky; left: 0; background: var(--back); }
.best { font-weight: 650; background: var(--mark-back); color: var(--mark-text); border-radius: .3em; padding: .1em .35em;
  margin: 0 -.35em; }
.notes .best { margin: 0; }
.notes { color: var(--soft); font-size: .875rem; line-height: 1.5; padding-left: 1.1rem; }
.notes li + li { margin-top: .25rem; }
details { margin: 1rem 0; font-size: .9375rem; }
summary { cursor: pointer; color: var(--soft); }
details .scroll { max-height: 26rem; overflow-y: auto; margin-top: .75rem; border: 1px solid var(--edge); border-radius: .5rem; }
figure { margin: 1.5rem 0 2.25rem; }
figcaption { color: var(--soft); font-size: .9375rem; line-height: 1.5; max-width: 44rem; margin-top: .6rem; }
img { display: block; box-sizing: content-box; max-width: calc(100% - 1rem - 2px); height: auto; padding: .5rem; background: #fff;
  border: 1px solid var(--edge); border-radius: .5rem; }
@media (min-width: 72rem) { img:not(.wide) { image-rendering: pixelated; } }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; margin: 0 0 1rem; padding: 0; max-width: none;
  font-size: .9375rem; }
.legend li { margin: 0; display: flex; align-items: center; gap: .5rem; }
.key { flex: none; }
.plot { position: relative; height: clamp(17rem, 45vw, 27rem); margin: 2.5rem .75rem 3.75rem 3.75rem; touch-action: pan-y; }
.plot > svg { width: 100%; height: 100%; overflow: visible; display: block; }
.plot text { fill: var(--soft); font-size: .8125rem; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); }
.axis { stroke: var(--soft); }
.rule { stroke: var(--text); stroke-width: 1; }
.test { stroke-width: 2.5; }
.training { stroke-width: 1.75; }
.training:not(circle) { stroke-dasharray: 5 4; }
polyline { vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
.tooltip { position: absolute; top: .5rem; pointer-events: none; background: var(--card); border: 1px solid var(--edge);
  border-radius: .5rem; box-shadow: 0 4px 16px rgb(0 0 0 / .18); padding: .5rem .25rem; white-space: nowrap; }
@media (max-width: 40rem) { .tooltip { top: auto; bottom: calc(100% + .4rem); } }
.tooltip table { font-size: .8125rem; }
.tooltip th, .tooltip td { padding: .1rem .5rem; border: 0; }
.tooltip th:first-child { text-align: left; }
.tooltip i { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .5em; }
.model { border-top: 1px solid var(--line); padding-top: .25rem; margin-top: 2.5rem; }
.model:first-of-type { border-top: 0; margin-top: 0; }
.model h3 { font-size: 1.35rem; margin-top: 1.25rem; }
.model h3::before { content: ""; display: inline-block; width: .65em; height: .65em; border-radius: 50%; background: var(--mark);
  margin-right: .5em; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.kind { font-weight: 400; color: var(--soft); }
.facts { color: var(--soft); font-variant-numeric: tabular-nums; }
.columns { display: grid; gap: 1rem 3rem; }
.columns > * { min-width: 0; }
@media (min-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr) minmax(0, 26rem); } }
.layers { width: 100%; font-size: .875rem; }
.layers th, .layers td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; }
.sides { margin: 0 0 1rem; max-width: 44rem; }
.sides dd { margin: 0 0 .6rem; }
.options { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1.25rem; margin: .75rem 0; font-size: .875rem; }
.options dd { overflow-wrap: anywhere; }
.scripted .script-only { display: inline; }
.script-only { display: none; }
@media print {
  :root { --back: #fff; --card: #fff; --text: #000; --soft: #444; --edge: #bbb; --line: #ddd; --mark-back: #fff;
    --mark-text: #000; color-scheme: light; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  table { font-size: 7.5pt; }
  th, td { padding: .2rem .3rem; }
  .scroll { overflow: visible; }
  h2, h3 { break-after: avoid; }
  figure, tr, .plot { break-inside: avoid; }
  img { max-height: 22cm; width: auto; }
  .print-not, .model details, .tooltip, .rule, .script-only { display: none !important; }
}
</style>
</head>
<body>
<main>
)html";

// The script takes its numbers from the table of all losses.
inline constexpr const char* page_end = R"html(</main>
<script>
(() => {
  'use strict';
  const plot = document.querySelector('.plot'), tooltip = plot.querySelector('.tooltip'), rule = plot.querySelector('.rule');
  const first = Number(plot.dataset.first), last = Number(plot.dataset.last);
  const models = [...document.querySelectorAll('#losses thead tr:first-child th[data-color]')];
  const epochs = [...document.querySelectorAll('#losses tbody tr')];

  const cell = (row, kind, text) => {
    const element = row.appendChild(document.createElement(kind));
    element.textContent = text;
    return element;
  };
  const fill = (epoch) => {
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    for (const text of ['Epoch ' + epoch, 'training', 'test']) cell(head, 'th', text);
    const body = table.createTBody();
    models.forEach((model, i) => {
      const row = body.insertRow();
      const dot = document.createElement('i');
      dot.style.background = model.dataset.color;
      cell(row, 'th', model.textContent).prepend(dot);
      for (const side of [1, 2]) cell(row, 'td', epochs[epoch - 1].cells[2 * i + side].textContent);
    });
    tooltip.replaceChildren(table);
  };
  const show = (event) => {
    const frame = plot.getBoundingClientRect();
    const pointed = first + (event.clientX - frame.left) / frame.width * (last - first);
    const epoch = Math.min(Math.max(Math.round(pointed), 1), epochs.length);
    const part = (epoch - first) / (last - first);
    fill(epoch);
    tooltip.hidden = false;
    rule.setAttribute('x1', 100 * part + '%');
    rule.setAttribute('x2', 100 * part + '%');
    rule.setAttribute('visibility', 'visible');
    const x = part * frame.width, width = tooltip.offsetWidth, gap = 14;
    const left = x + gap + width <= frame.width ? x + gap : x - gap - width;
    tooltip.style.left = Math.max(left, 8 - frame.left) + 'px';
  };
  const hide = () => {
    tooltip.hidden = true;
    rule.setAttribute('visibility', 'hidden');
  };
  plot.addEventListener('pointerdown', show);
  plot.addEventListener('pointermove', show);
  plot.addEventListener('pointerleave', (event) => { if (event.pointerType === 'mouse') hide(); });
  document.addEventListener('pointerdown', (event) => { if (!plot.contains(event.target)) hide(); });
  document.documentElement.classList.add('scripted');
})();
</script>
</body>
</html>
)html";

}  // namespace study::report
