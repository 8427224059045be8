/** The style of a page: light and dark by the reader's system or the page's button, and fit for printing. */
export const style = `
:root { color-scheme: light dark; --text: #1d2430; --faint: #5b6575; --line: #d9dee6; --page: #f5f7fa; --card: #ffffff; --bad: #b3261e; --warn: #7a4f00; --mark: #0072b2; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { --text: #e6e9ee; --faint: #a5afbf; --line: #39414f; --page: #12161d; --card: #1d2430; --bad: #ff8a80; --warn: #ffc266; --mark: #56b4e9; } }
:root[data-theme=dark] { color-scheme: dark; --text: #e6e9ee; --faint: #a5afbf; --line: #39414f; --page: #12161d; --card: #1d2430; --bad: #ff8a80; --warn: #ffc266; --mark: #56b4e9; }
:root[data-theme=light] { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; position: relative; }
header p { color: var(--faint); margin: 0 0 16px; }
h1 { font-size: 1.7rem; margin: 0; padding-right: 140px; }
h2 { font-size: 1.2rem; margin: 0 0 12px; }
#theme { position: absolute; right: 20px; top: 30px; }
button { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 12px; cursor: pointer; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px; margin: 0 0 20px; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 12px; }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: 10px 18px; min-width: 132px; }
.tile b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.tile span { color: var(--faint); font-size: .9rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 20px; }
figure { margin: 12px 0 0; min-width: 0; }
@supports (grid-template-rows: subgrid) { .charts:has(> .map) > figure { grid-row: span 4; } figure.map { display: grid; grid-template-rows: subgrid; grid-template-columns: minmax(0, 1fr); row-gap: 0; } }
figcaption { color: var(--faint); font-size: .95rem; }
figcaption strong { color: var(--text); }
.map .canvas { position: relative; aspect-ratio: 1; max-height: 82vh; width: 100%; border: 1px solid var(--line); border-radius: 8px; margin-top: 8px; overflow: hidden; }
.map canvas { width: 100%; height: 100%; display: block; touch-action: none; cursor: crosshair; }
.map canvas:focus-visible { outline: 2px solid var(--mark); outline-offset: -2px; }
.tip { position: absolute; left: 0; top: 0; pointer-events: none; max-width: 240px; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 2px 8px; font-size: .85rem; overflow-wrap: anywhere; }
.ring { position: absolute; left: -8px; top: -8px; width: 16px; height: 16px; border: 2px solid var(--text); border-radius: 50%; pointer-events: none; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 16px; margin-top: 8px; }
.zoom { display: flex; gap: 4px; margin-left: auto; }
.zoom button { width: 32px; height: 32px; padding: 0; line-height: 1; }
.legend { display: flex; flex-wrap: wrap; align-content: flex-start; gap: 6px; margin-top: 8px; max-height: 11.5em; overflow: auto; }
.key { display: inline-flex; align-items: center; gap: 6px; padding: 1px 9px; font-size: .85rem; }
.key svg { width: 13px; height: 13px; flex: none; }
.key[aria-pressed=false] { opacity: .45; text-decoration: line-through; }
.scale { display: flex; align-items: center; align-self: start; gap: 8px; margin-top: 8px; font-size: .85rem; font-variant-numeric: tabular-nums; }
.scale i { flex: 0 1 240px; height: 12px; border-radius: 3px; }
.player { display: flex; align-items: center; gap: 10px; flex: 1 1 250px; min-width: 0; }
.player[hidden] { display: none; }
.player:has(input[hidden]) { flex: none; }
.player input { flex: 1; min-width: 60px; }
.player output { color: var(--faint); font-size: .9rem; min-width: 7.5em; }
.player output[hidden] { display: none; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 2.1; }
.entity { color: inherit; background: color-mix(in srgb, var(--kind) 22%, transparent); border-bottom: 2px solid var(--kind); border-radius: 4px; padding: 2px 4px; }
.entity span { font-size: .7rem; font-weight: 700; margin-left: 5px; opacity: .8; }
.kind-0 { --kind: #0072b2; }
.kind-1 { --kind: #d55e00; }
.kind-2 { --kind: #009e73; }
.kind-3 { --kind: #cc79a7; }
.kind-4 { --kind: #e69f00; }
.kind-5 { --kind: #56b4e9; }
.kind-6 { --kind: #8c6d00; }
.kind-7 { --kind: #7f7f7f; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: min(100%, 640px); font-size: .95rem; }
th, td { text-align: left; padding: 5px 24px 5px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
th { color: var(--faint); font-weight: 600; white-space: nowrap; }
td:last-child:not(.number) { min-width: 240px; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0 0 12px; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.finding { border-left: 4px solid var(--line); padding: 4px 0 4px 14px; margin: 0 0 12px; }
.finding.error { border-color: var(--bad); }
.finding.warning { border-color: var(--warn); }
.finding b { text-transform: capitalize; }
.finding.error b { color: var(--bad); }
.finding.warning b { color: var(--warn); }
.spark { display: block; }
.spark rect { fill: var(--mark); }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--faint); }
@media (max-width: 600px) { th, td { padding-right: 12px; } }
@media print { button { display: none; } section { break-inside: avoid; } }
`;
