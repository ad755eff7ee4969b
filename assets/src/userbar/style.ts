// The look of the bar, kept apart from the site's: a sheet within its own shadow tree, which a strict policy allows.

export const STYLE = `
:host { all: initial; position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; z-index: 2147483000; font: 15px/1.45 system-ui, sans-serif; color-scheme: light dark; --paper: light-dark(#fff, #1b2126); --ink: light-dark(#1b2126, #eef1f3); --quiet: light-dark(#56626b, #a9b4bc); --line: light-dark(#cfd6db, #3a454d); --accent: light-dark(#0b5d7a, #7cc4de); color: var(--ink); }
@media print { :host { display: none; } }
button, a { font: inherit; color: inherit; box-sizing: border-box; }
.knob { display: block; margin-inline-start: auto; min-height: 2.75rem; padding: 0 1.1rem; border: 1px solid var(--line); border-radius: 1.4rem; background: var(--paper); font-weight: 600; cursor: pointer; box-shadow: 0 2px 10px rgb(0 0 0 / 22%); }
.panel { max-width: min(22rem, calc(100vw - 2rem)); max-height: min(32rem, calc(100vh - 6rem)); overflow: auto; box-sizing: border-box; margin-block-end: 0.6rem; padding: 0.9rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--paper); box-shadow: 0 6px 24px rgb(0 0 0 / 24%); }
.panel[hidden] { display: none; }
h2 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
p { margin: 0.15rem 0 0; }
.quiet { color: var(--quiet); font-size: 0.87rem; }
ul { list-style: none; margin: 0.5rem 0 0; padding: 0; }
.links { margin-inline: -0.4rem; }
.links a, .links button { display: block; width: 100%; min-height: 2.5rem; padding: 0.5rem 0.4rem; border: 0; border-radius: 6px; background: none; text-align: start; text-decoration: none; cursor: pointer; }
.links a:hover, .links button:hover { background: light-dark(#eef2f4, #2a333a); }
.findings { border-block-start: 1px solid var(--line); padding-block-start: 0.4rem; }
.findings ul { margin: 0 0 0.5rem; }
.findings button { padding: 0.35rem 0; border: 0; background: none; color: var(--accent); text-align: start; text-decoration: underline; cursor: pointer; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (forced-colors: active) { .knob, .panel { border: 2px solid ButtonText; } }
`;
