import { DARK, LIGHT, declarations } from './palette.js';

/** The stylesheet of a page. Colours of the dark theme count on screens only: paper is white. */
export const STYLE = `
:root{${declarations(LIGHT)};color-scheme:light}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${declarations(DARK)};color-scheme:dark}}
@media screen{:root[data-theme=dark]{${declarations(DARK)};color-scheme:dark}}
*,*::before,*::after{box-sizing:border-box}
html{font:15px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;
background:var(--page);color:var(--ink);-webkit-text-size-adjust:100%;scroll-behavior:smooth;scroll-padding-top:16px}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0}
h1,h2,h3,p,ul,ol,dl,dd,figure{margin:0;padding:0}
h1,h2,h3{line-height:1.25;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:20px;font-weight:650;letter-spacing:-.01em}
h3{font-size:15px;font-weight:650}
a{color:var(--accent)}
code,pre{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'Liberation Mono',monospace;font-size:.87em}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}
.skip:focus{left:16px;top:12px;z-index:9;background:var(--card);padding:8px 12px}
.quiet{color:var(--quiet)}
.small{font-size:13px}
.page{display:grid;grid-template-columns:176px minmax(0,1fr);column-gap:40px;max-width:1180px;margin:0 auto;padding:28px 24px 72px}
.top{grid-column:1/-1;display:flex;gap:12px;justify-content:space-between;align-items:center;margin-bottom:32px}
.brand{font-size:13px;font-weight:600;letter-spacing:.02em;color:var(--quiet)}
.tools{display:flex;gap:8px}
button{font:inherit;color:inherit;cursor:pointer}
.tool{font-size:13px;padding:6px 12px;border:1px solid var(--line);border-radius:8px;background:var(--card)}
.tool:hover{border-color:var(--quiet)}
[hidden]{display:none!important}
.contents{position:sticky;top:24px;align-self:start;max-height:calc(100vh - 48px);overflow:auto;font-size:13px}
.contents h2{font-size:11px;letter-spacing:.07em;text-transform:uppercase;color:var(--quiet);margin-bottom:8px}
.contents ul{list-style:none;border-left:1px solid var(--line)}
.contents a{display:block;padding:4px 0 4px 12px;color:var(--quiet);text-decoration:none;line-height:1.35}
.contents a:hover{color:var(--ink);text-decoration:underline}
main{min-width:0}
.hero{margin-bottom:40px}
.hero h1{font-size:15px;font-weight:600;color:var(--quiet);margin-bottom:8px}
.headline{font-size:34px;line-height:1.18;font-weight:680;letter-spacing:-.022em;text-wrap:balance;overflow-wrap:anywhere}
.detail{margin-top:12px;font-size:16px;max-width:66ch;color:var(--quiet);overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:12px;margin-top:24px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.tile dt{font-size:13px;color:var(--quiet)}
.tile .value{font-size:24px;font-weight:650;letter-spacing:-.015em;line-height:1.3;font-variant-numeric:tabular-nums}
.tile .from{font-size:13px;color:var(--quiet);margin-bottom:6px}
.tag{display:inline-block;font-size:12.5px;font-weight:600;line-height:1.4;border-radius:6px;padding:1px 7px;background:var(--sunken);color:var(--ink);font-variant-numeric:tabular-nums}
.tag.better{background:var(--better-back);color:var(--better)}
.tag.worse{background:var(--worse-back);color:var(--worse)}
section.part{margin-bottom:44px}
section.part>h2{margin-bottom:4px}
.apart{margin-top:24px}
.lead{color:var(--quiet);max-width:72ch;margin-bottom:14px;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px;margin-top:12px}
.card>h3{margin-bottom:8px}
.card>h3+.small{margin:-4px 0 10px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:12px}
.chart{container-type:inline-size}
.chart svg{display:block;width:100%;height:auto;max-width:480px;margin:0 auto}
.chart .middle,.chart .wide{display:none}
@container (min-width:480px){.chart.all .narrow{display:none}.chart.all .middle{display:block;max-width:none}}
@container (min-width:740px){.chart.all .middle{display:none}.chart.all .wide{display:block;max-width:none}}
figcaption{font-size:13px;color:var(--quiet);margin-top:6px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;margin-bottom:10px}
.legend li{display:flex;align-items:baseline;gap:6px;min-width:0;overflow-wrap:anywhere}
.swatch{flex:none;display:inline-block;width:11px;height:11px;border-radius:3px;transform:translateY(1px)}
details>summary{cursor:pointer;font-size:13px;color:var(--accent);width:fit-content;padding:2px 0}
details.numbers{margin-top:10px}
details.numbers[open]>summary{margin-bottom:8px}
details.model{margin-top:12px}
details.model:not([open]){padding-block:12px}
details.model[open]>summary{margin-bottom:10px}
details.model>summary{font-size:15px;font-weight:650;color:var(--ink);overflow-wrap:anywhere}
.scroll{overflow:auto;position:relative;background:linear-gradient(90deg,transparent,var(--card) 60%) right/36px 100% no-repeat local,linear-gradient(90deg,transparent,var(--line)) right/14px 100% no-repeat scroll}
.scroll.tall{max-height:600px}
.tall thead th{position:sticky;top:0;background:var(--card);z-index:2}
.tall thead th:first-child{z-index:3}
.tall thead th{box-shadow:inset 0 -1px var(--quiet)}
.failed{margin-top:10px}
table{border-collapse:separate;border-spacing:0;font-size:13.5px;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--quiet);font-size:13px;padding-bottom:6px}
th,td{padding:7px 10px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
thead th{font-size:12.5px;font-weight:600;color:var(--quiet);vertical-align:bottom;border-bottom-color:var(--quiet);line-height:1.35}
tbody th{font-weight:500}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
.num{text-align:right;white-space:nowrap}
th.num{white-space:normal}
.series{display:inline-flex;align-items:baseline;gap:6px;text-align:left}
.tall th,.tall td{padding-inline:8px}
.tall tr>*:first-child{padding-left:0}
th .hint,td .hint{display:block;font-weight:400;font-size:12px;color:var(--quiet)}
td .change{display:block;margin-top:2px}
td .change.phone{display:none}
.name>span:first-child{display:inline-block;width:max-content;max-width:min(32ch,100%);min-width:0;overflow-wrap:anywhere}
.stick .name>span:first-child{max-width:30ch}
.stick th:first-child{position:sticky;left:0;background:var(--card);z-index:1}
td.bar{background:linear-gradient(var(--series-1),var(--series-1)) no-repeat right 8px bottom 4px/calc((100% - 16px)*var(--part)) 3px;padding-bottom:10px}
td.bar:last-child{background-position:right 0 bottom 4px}
th button{all:unset;cursor:pointer;display:inline-flex;align-items:baseline;gap:4px;color:inherit;text-align:inherit}
th button:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
th button:hover{color:var(--ink);text-decoration:underline}
th button::after{content:'↕';opacity:.55;font-size:11px}
th[aria-sort=ascending] button::after{content:'↑';opacity:1}
th[aria-sort=descending] button::after{content:'↓';opacity:1}
th[aria-sort]:not([aria-sort=none]){color:var(--ink)}
.filter{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin-bottom:12px;font-size:13px}
.filter input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--quiet);border-radius:8px;padding:6px 10px;min-width:0;width:240px;max-width:100%}
.filter output{color:var(--quiet)}
.small-charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:20px 24px}
.small-charts h4{margin:0 0 2px;font-size:13px;font-weight:600;overflow-wrap:anywhere}
.small-charts figure,.small-charts figcaption{min-width:0;overflow-wrap:anywhere}
.map{width:100%;height:auto;display:block;border-radius:4px;shape-rendering:crispEdges}
.scale{display:flex;align-items:center;gap:8px;font-size:12.5px;color:var(--quiet);margin-top:12px}
.scale .shades{width:120px;height:14px;border-radius:3px}
.scale span.steps{display:inline-flex;border-radius:3px;overflow:hidden}
.scale i{width:22px;height:11px;display:block}
table.confusion{border-collapse:collapse;width:auto;font-size:12.5px;table-layout:fixed}
table.confusion th,table.confusion td{padding:0;width:38px;min-width:26px;height:32px;text-align:center;vertical-align:middle;border:1px solid var(--card)}
table.confusion th{font-weight:600;color:var(--quiet);overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:96px;padding:0 4px}
table.confusion tbody th{width:auto;text-align:right;padding-right:8px}
.recipe{padding-left:22px;margin-bottom:8px}
.recipe ol{padding-left:22px}
.recipe li{padding:3px 0}
.recipe .options{color:var(--quiet);overflow-wrap:anywhere}
pre{overflow:auto;background:var(--sunken);border-radius:8px;padding:12px 14px;margin:8px 0 0;max-height:420px}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:6px 24px;font-size:14px}
dl.facts dt{color:var(--quiet)}
dl.facts dd{overflow-wrap:anywhere}
footer{grid-column:2;color:var(--quiet);font-size:13px;border-top:1px solid var(--line);padding-top:14px}
@media (max-width:1000px){
.page{grid-template-columns:minmax(0,1fr);max-width:860px}
footer{grid-column:1}
.contents{position:static;max-height:none;margin-bottom:32px;order:2}
.contents ul{display:flex;flex-wrap:wrap;gap:4px 16px;border:0}
.contents a{padding:2px 0;text-decoration:underline}
main{display:contents}
main>*{order:3;min-width:0}
.hero{order:1;margin-bottom:24px}
footer{order:4}}
@media (max-width:620px){
.page{padding:16px 16px 48px}
.top{margin-bottom:20px}
.headline{font-size:26px}
.detail{font-size:15px}
.tiles{grid-template-columns:1fr 1fr;gap:8px}
.tile{padding:10px 12px}
.tile .value{font-size:20px}
.card{padding:14px 12px;border-radius:10px}
.pair{grid-template-columns:1fr}
.pair .card+.card{margin-top:0}
section.part{margin-bottom:36px}
th,td{padding:6px 8px}
table{font-size:13px}
.stick .name>span:first-child{max-width:15ch}
.compact .hint,.desk{display:none}
.stick.compact .name>span:first-child{max-width:12ch}
.compact th,.compact td{padding-inline:5px}
.compact tr>*:nth-last-child(2){padding-right:0}
.compact tr>*:first-child{padding-left:0}
td .change.phone{display:block}
.tool{padding:5px 9px;font-size:12.5px}
.brand .when{display:none}
.filter input{width:100%}
dl.facts{grid-template-columns:1fr;gap:0}
dl.facts dd{margin-bottom:8px}
table.confusion th,table.confusion td{width:27px;height:28px;font-size:11px}
}
@media print{
@page{margin:14mm 12mm}
html{font-size:10.5pt;background:none}
.page{display:block;padding:0;max-width:none}
.contents,.tools,.filter,.skip,details.numbers{display:none!important}
.top{margin-bottom:12px}
.headline{font-size:22pt}
.card,.tile{break-inside:avoid;border-color:#bbb}
.card.long{break-inside:auto}
h2,h3,.lead{break-after:avoid}
table{font-size:8.5pt}
th,td,.tall th,.tall td{padding:4px 6px}
.tall td{padding-bottom:9px}
.stick .name>span:first-child{max-width:20ch}
thead th{font-size:8pt}
th .hint,td .hint{font-size:7.5pt}
.tall thead th{position:static}
tr{break-inside:avoid}
thead{display:table-header-group}
.scroll,.scroll.tall{overflow:visible;max-height:none;background:none}
.chart.all .narrow,.chart.all .wide{display:none}.chart.all .middle{display:block;max-width:none}
th button::after{content:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`.trim();
