"""How the HTML file looks: on a phone, on a desktop, on paper, in light and in dark."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #4c5667; --paper: #fff; --card: #f5f7fa;
  --line: #c4cad4; --real: #0072b2; --synthetic: #d55e00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ef; --soft: #aeb7c6; --paper: #14181f; --card: #1d232d; --line: #465061;
    --real: #56b4e9; --synthetic: #f0a030; }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 72rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; overflow-wrap: anywhere; }
p { margin: .4rem 0; max-width: 46rem; }
.answers { display: grid; gap: 1rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(17.5rem, 100%), 1fr)); }
.wider { grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }
.answer { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .9rem 1rem; min-width: 0; }
.answer h2 { font-size: 1rem; margin: 0; color: var(--soft); }
.answer h3 { font-weight: 500; }
.verdict { font-size: 1.3rem; line-height: 1.25; font-weight: 650; margin: .2rem 0 .6rem; }
dl { margin: .4rem 0; } dl div { display: flex; justify-content: space-between; gap: 1rem;
  border-bottom: 1px solid var(--line); padding: .12rem 0; }
dt { color: var(--soft); }
dd { margin: 0; font-variant-numeric: tabular-nums; white-space: nowrap; }
#timeline dl { max-width: 46rem; }
.wide { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; font-weight: 400; }
thead th { font-weight: 600; white-space: nowrap; }
tbody th { overflow-wrap: break-word; min-width: 10rem; max-width: 30rem; }
#figures tbody th { min-width: 16rem; }
.word { white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
small { color: var(--soft); overflow-wrap: anywhere; display: inline-block; line-height: 1.35; }
ul { padding-left: 1.2rem; } li { max-width: 46rem; }
svg { display: block; max-width: 100%; height: auto; }
.drawings { display: grid; gap: 1.2rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(20.5rem, 100%), 1fr)); }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figcaption, summary { font-size: .86rem; color: var(--soft); }
summary { cursor: pointer; } details .wide { max-height: 22rem; overflow: auto; }
.fill { display: inline-block; width: 18rem; max-width: 100%; border-bottom: 1px solid var(--ink); }
.sign { display: grid; gap: 2.2rem 1.5rem; margin-top: 3rem;
  grid-template-columns: repeat(auto-fit, minmax(min(12rem, 100%), 1fr)); }
.sign p { border-top: 1px solid var(--ink); padding-top: .2rem; margin: 0; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #333; --paper: #fff; --card: #fff;
    --line: #999; --real: #0072b2; --synthetic: #d55e00; }
  @page { size: A4; margin: 14mm; }
  body { font-size: 10pt; margin: 0; padding: 0; max-width: none; }
  .first { break-after: page; } .page { break-before: page; }
  .answers { grid-template-columns: repeat(3, 1fr); }
  .wider { grid-template-columns: repeat(2, 1fr); } .wide { overflow: visible; }
  .drawings { grid-template-columns: repeat(2, 1fr); }
  tr, article { break-inside: avoid; } h2, h3 { break-after: avoid; } details { display: none; }
}
"""
