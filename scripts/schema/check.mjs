// Checks dashboards against the types that Grafana publishes: node check.mjs MODULES FILE…
//
// Each panel becomes a typed constant of its own, because a union of panel types would let unknown keys pass; its options
// and custom fields are checked with the types of the panel's plugin.
// Prints one line a finding and exits with 1 if there is any.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const [modules, ...files] = process.argv.slice(2);
const ts = createRequire(join(modules, "package.json"))("typescript");

const TYPES = "./node_modules/@grafana/schema/dist/types/raw";
// Panel type → [module, has custom fields].
const PLUGINS = {
  stat: ["Stat", false], bargauge: ["BarGauge", false], timeseries: ["TimeSeries", true], table: ["Table", true],
  heatmap: ["Heatmap", true], "state-timeline": ["StateTimeline", true],
};
const imports = [
  `import type { Dashboard, Panel, RowPanel, AnnotationQuery } from "${TYPES}/dashboard/x/dashboard_types.gen";`,
  `import type { DataQuery } from "@grafana/schema";`,
  ...Object.entries(PLUGINS).map(([type, [name]]) => `import type * as ${name} from "${TYPES}/composable/${type.replace("-", "")}/panelcfg/x/${name}PanelCfg_types.gen";`),
  // JSON has the values of enumerations, not their names; what is optional in JSON is filled in by Grafana.
  `type Plain<T> = 0 extends 1 & T ? T : T extends string ? \`\${T}\` : T extends number ? number : T extends boolean | null | undefined ? T
     : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;`,
  // The data source of Prometheus lives outside of the schema's package since Grafana 11: what its queries add.
  `type PromQuery = Plain<DataQuery> & { expr: string; legendFormat: string; instant: boolean; range: boolean; exemplar?: boolean;
     format: "time_series" | "table" | "heatmap"; editorMode: "code" | "builder" };`,
  // Fields of the classic model that Grafana reads and its schema does not list: those of old annotations.
  `type Annotation = Omit<AnnotationQuery, "target"> & { expr: string; titleFormat: string; textFormat: string; step: string; useValueForTime: string };`,
];

let source = "";
const places = [];
function declare(where, type, value) {
  const begin = source.split("\n").length;
  source += `export const v${places.length}: ${type} = ${JSON.stringify(value, null, 1)};\n`;
  places.push({ where, begin });
}

for (const file of files) {
  const { panels, annotations, ...dashboard } = JSON.parse(readFileSync(file, "utf8"));
  const name = basename(file);
  // Grafana writes and reads it; its schema forgot it.
  for (const variable of dashboard.templating.list) delete variable.definition;
  declare(name, `Plain<Omit<Dashboard, "panels" | "annotations">>`, dashboard);
  for (const annotation of annotations.list) declare(`${name}: annotation ${annotation.name}`, "Plain<Annotation>", annotation);
  const inside = panels.flatMap((panel) => (panel.type === "row" ? panel.panels : [panel]));
  for (const { panels: _, ...row } of panels.filter((panel) => panel.type === "row")) {
    declare(`${name}: row ${row.title}`, `Plain<Omit<RowPanel, "panels">>`, row);
  }
  for (const { options, targets, ...panel } of inside) {
    const where = `${name}: panel ${panel.title}`;
    const [plugin, hasCustom] = PLUGINS[panel.type] ?? [];
    if (!plugin) throw new Error(`${where}: the type ${panel.type} is not in PLUGINS`);
    const { custom, ...defaults } = panel.fieldConfig.defaults;
    declare(where, "Plain<Panel>", { ...panel, fieldConfig: { ...panel.fieldConfig, defaults } });
    declare(`${where}: options`, `Plain<Partial<${plugin}.Options>>`, options);
    declare(`${where}: custom`, hasCustom ? `Plain<Partial<${plugin}.FieldConfig>>` : "Record<string, never>", custom);
    for (const target of targets) declare(`${where}: query ${target.refId}`, "PromQuery", target);
  }
}

const entry = join(modules, "dashboards.ts");
const head = imports.join("\n") + "\n";
writeFileSync(entry, head + source);
const program = ts.createProgram([entry], {
  noEmit: true, strict: true, skipLibCheck: true, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  target: ts.ScriptTarget.ES2022, types: [],
});
const offset = head.split("\n").length - 1;
let findings = 0;
for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
  const line = diagnostic.file && diagnostic.start !== undefined ? diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line + 1 - offset : 0;
  const place = places.findLast((candidate) => candidate.begin <= line);
  console.log(`${place?.where ?? "types"}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")}`);
  findings += 1;
}
console.log(`${files.length} dashboards, ${places.length} typed parts: ${findings} findings`);
process.exit(findings ? 1 : 0);
