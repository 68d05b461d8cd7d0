// The style sheet of the report: one column of text set in the system's typeface, two columns of
// charts where there is room, colours for light and dark pages.

export const reportStyle = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf6; --card: #ffffff; --ink: #22252b; --soft: #636871; --rule: #e5e1d7;
  --a: #2674a8; --b: #bd5216; --c: #3f8357; --error: 201 92 38; --right: 38 116 168;
  --on-deep: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --card: #1b1e23; --ink: #e7e4dd; --soft: #9a9ea6; --rule: #2f333a;
    --a: #6db3e2; --b: #f0995c; --c: #7cc496; --error: 226 112 52; --right: 52 134 190;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); }
body {
  margin: 0; color: var(--ink); background: var(--paper);
  font: 16px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
main { max-width: 1160px; margin: 0 auto; padding: 56px 32px 40px; }
h1 { margin: 0; font-size: 34px; line-height: 1.15; font-weight: 650; letter-spacing: -0.015em; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 18px; line-height: 1.3; font-weight: 620; }
section { margin-top: 52px; min-width: 0; }
code { font: 0.88em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.eyebrow { margin: 0 0 4px; color: var(--soft); font-size: 13px; letter-spacing: 0.08em; text-transform: uppercase; }
.note { margin: 4px 0 16px; color: var(--soft); font-size: 14.5px; overflow-wrap: anywhere; }
header .note { margin: 10px 0 0; }
.headline {
  display: flex; flex-wrap: wrap; align-items: center; gap: 20px 56px; margin-top: 30px; padding: 24px 0;
  border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule);
}
.big { margin: 0; display: flex; align-items: center; gap: 18px; }
.big strong { font-size: 60px; line-height: 1; font-weight: 650; letter-spacing: -0.03em; white-space: nowrap; }
.big span { max-width: 15em; color: var(--soft); font-size: 15px; line-height: 1.4; }
dl { display: flex; flex-wrap: wrap; gap: 12px 40px; margin: 0; }
dt { color: var(--soft); font-size: 13.5px; }
dd { margin: 0; font-size: 20px; font-weight: 560; white-space: nowrap; }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 40px 48px; margin-top: 44px; }
.charts:empty { display: none; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 0 48px; align-items: start; }
figure { margin: 0; min-width: 0; max-width: 680px; }
figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 12px; }
figcaption p { margin: 0; color: var(--soft); font-size: 14px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 20px; margin: 8px 0 6px; color: var(--soft); font-size: 13.5px; min-height: 21px; }
.key { display: inline-flex; align-items: center; gap: 7px; }
.swatch { width: 22px; height: 10px; flex: none; }
.plot { position: relative; touch-action: pan-y; }
.plot svg { display: block; width: 100%; height: auto; }
.plot text { fill: var(--soft); font-size: 13px; }
.grid { stroke: var(--rule); }
.axis, .tick { stroke: var(--soft); }
.line-a { --line: var(--a); } .line-b { --line: var(--b); } .line-c { --line: var(--c); }
[class^="line-"] path, .swatch path { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
[class^="line-"] circle, .swatch circle { fill: var(--line); stroke: var(--paper); stroke-width: 1.5; }
.faint path { stroke-width: 1; opacity: 0.32; }
.swatch.faint path { stroke-width: 2; opacity: 0.45; }
.level path { stroke-width: 1.5; stroke-dasharray: 5 5; }
.cursor { stroke: var(--soft); stroke-dasharray: 2 3; }
.tip {
  position: absolute; z-index: 1; padding: 7px 11px; pointer-events: none; white-space: nowrap;
  background: var(--card); border: 1px solid var(--rule); border-radius: 7px; box-shadow: 0 4px 16px rgb(0 0 0 / 0.12); font-size: 13px; line-height: 1.5;
}
.tip b { display: block; font-weight: 560; }
.tip i { display: inline-block; width: 8px; height: 8px; margin-right: 7px; border-radius: 50%; background: var(--line); }
.tip span { color: var(--soft); } .tip em { float: right; margin-left: 18px; font-style: normal; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th { font-weight: inherit; text-align: left; }
.matrix { table-layout: fixed; width: 100%; max-width: 560px; border-collapse: separate; border-spacing: 2px; font-size: 13px; }
.matrix th, .matrix td { padding: 0; text-align: center; }
.matrix th { color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.matrix tbody td { height: 42px; border-radius: 4px; }
.matrix .right { background: rgb(var(--right) / calc(0.1 + 0.8 * var(--depth))); }
.matrix .error { background: color-mix(in srgb, rgb(var(--error)) calc(88% * var(--depth)), color-mix(in srgb, var(--rule) 45%, transparent)); }
.matrix .deep { color: var(--on-deep); }
.matrix .recall { padding-left: 6px; color: var(--soft); background: none; font-size: 12px; white-space: nowrap; }
.matrix tr > :last-child { width: 56px; } .matrix tr > :first-child { width: 34px; }
.dense { border-spacing: 1px; font-size: 9px; }
.dense tbody td { height: 12px; border-radius: 1px; }

img { display: block; image-rendering: crisp-edges; image-rendering: pixelated; }
.filters { display: flex; flex-wrap: wrap; gap: 10px; }
.filter { display: flex; gap: 2px; }
.filter img { width: auto; height: 56px; aspect-ratio: var(--ratio); border: 1px solid var(--rule); background: var(--card); }
.scale { display: flex; align-items: center; gap: 8px; margin-top: 16px; color: var(--soft); font-size: 13px; }
.scale i { width: 90px; height: 9px; border-radius: 2px; background: linear-gradient(90deg, rgb(38 116 168), rgb(38 116 168 / 0)); }
.scale i:last-of-type { background: linear-gradient(90deg, rgb(201 92 38 / 0), rgb(201 92 38)); }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(72px, 1fr)); gap: 14px 14px; margin: 0; padding: 0; list-style: none; }
.mistakes li { min-width: 0; font-size: 14px; line-height: 1.35; text-align: center; }
.picture { display: block; overflow: hidden; border: 1px solid var(--rule); border-radius: 4px; }
.mistakes img { width: 100%; height: auto; filter: invert(1); }
.verdict { display: block; margin-top: 5px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 560; }
.arrow { margin: 0 5px; color: var(--soft); font-weight: 400; } .wrong { color: var(--b); }
.sure { color: var(--soft); font-size: 12.5px; }
@media (prefers-color-scheme: dark) { .mistakes img { filter: none; } }

.plain, .kernels { width: 100%; font-size: 14px; }
.plain th, .plain td, .kernels th, .kernels td { padding: 6px 10px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: baseline; }
.numbers td, .numbers thead th:not(:first-child) { text-align: right; white-space: nowrap; }
.plain tr > :last-child, .kernels tr > :last-child { padding-right: 0; }
.plain.numbers tr > :not(:first-child) { padding-left: 10px; }
thead th, .settings th { color: var(--soft); }
.settings th { width: 38%; } .settings td { overflow-wrap: anywhere; }
tfoot td, tfoot th { font-weight: 560; }
.plain { margin-top: 10px; }
.kernels td, .kernels thead th:not(:first-child) { text-align: right; white-space: nowrap; }
.kernels thead th.share { text-align: left; }
.kernels th[scope="row"] { max-width: 300px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.kernels td.share { width: 34%; min-width: 150px; }
.kernels td.share { text-align: left; } .kernels td.share span:last-child { display: inline-block; margin-left: 8px; color: var(--soft); }
.bar { display: inline-block; width: calc((100% - 64px) * var(--length)); min-width: 1px; height: 11px; border-radius: 2px; background: var(--a); vertical-align: -1px; }
footer { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--rule); color: var(--soft); font-size: 13px; }

@media (max-width: 640px) {
  main { padding: 28px 16px 32px; }
  section { margin-top: 42px; }
  h1 { font-size: 28px; }
  .big strong { font-size: 46px; }
  .headline { gap: 20px; } dl { gap: 12px 28px; } dd { font-size: 18px; }
  .plot text { font-size: 17px; }
  .matrix { font-size: 11px; border-spacing: 1px; }
  .matrix tbody td { height: 29px; border-radius: 2px; }
  .matrix .recall, .matrix thead td:last-child { display: none; }
  .matrix tr > :last-child { width: auto; } .matrix tr > :first-child { width: 22px; }
  .kernels th[scope="row"] { max-width: 190px; }
  .big { flex-wrap: wrap; gap: 8px 16px; }
  .wide { display: none; }
}
@media print { main { padding: 0; max-width: none; } section, figure { break-inside: avoid; } }
`;
