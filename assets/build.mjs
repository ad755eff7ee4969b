// Builds the browser code of the editor into dist/, which is committed, and says how large it is. The same sources give
// the same bytes. Usage: npm run build [-- --check]; with --check nothing is written, and a difference is an error.
import { build } from "esbuild";
import { existsSync, readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

/** The most that each bundle may weigh on the wire, in bytes of brotli. */
const BUDGETS = { "admin.js": 20_000, "passkeys.js": 2_500, "editor.js": 200_000, "userbar.js": 10_000, "checks.js": 175_000 };
const check = process.argv.includes("--check");

/** axe-core is a script that sets itself up in the window that it is in: here a function that does so in a given one. */
const axe = {
  name: "axe",
  setup: ({ onLoad }) =>
    onLoad({ filter: /axe-core\/axe\.js$/ }, ({ path }) => {
      const script = readFileSync(path, "utf8");
      const [start, end] = ["(function axeFunction(window) {", "})(typeof window === 'object' ? window : this);"];
      if (!script.includes(start) || !script.trimEnd().endsWith(end)) throw new Error("axe-core begins or ends in another way");
      return { contents: `${script.trimEnd().slice(0, -end.length).replace(start, "export default function(window){")}}` };
    }),
};

const built = await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: { admin: "src/admin.ts", passkeys: "src/passkeys.ts", editor: "src/editor.ts", userbar: "src/userbar.ts", checks: "src/checks.ts" },
  plugins: [axe],
  loader: { ".ftl": "text" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  define: { "process.env.NODE_ENV": '"production"' },
  write: false,
});
mkdirSync(new URL("dist/", import.meta.url), { recursive: true });
built.outputFiles.push({ path: "dist/LEGAL.txt", contents: Buffer.from(licences(built.metafile)) });

/** The licences of what is in the bundles. */
function licences({ inputs }) {
  const names = Object.keys(inputs).map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  const packages = [...new Set(names.filter(Boolean))].sort();
  return packages.map(licence).join("\n");
}

function licence(name) {
  const folder = new URL(`node_modules/${name}/`, import.meta.url);
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", folder)));
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((one) => new URL(one, folder)).find((one) => existsSync(one));
  return `${name} ${version}: ${license}\n\n${file ? readFileSync(file, "utf8").trim() : ""}\n`;
}
let failed = false;

/** Every message that a script says is in the English of it, with the values that it needs, and none is idle. */
function strayMessages() {
  const files = [["texts.ts", "editor"], ["admin/texts.ts", "lists"], ["checks/texts.ts", "checks"], ["userbar/texts.ts", "userbar"]];
  return files.flatMap(([script, name]) => {
    const source = readFileSync(new URL(`src/${script}`, import.meta.url), "utf8");
    const said = new Set([...source.matchAll(/say\("([\w-]+)"/g)].map(([, id]) => id));
    const written = [...readFileSync(new URL(`texts/en/${name}.ftl`, import.meta.url), "utf8").matchAll(/^([a-z][\w-]*) =/gm)].map(([, id]) => id);
    const known = new Set(written);
    const twice = written.filter((id, at) => written.indexOf(id) !== at).map((id) => `texts/en/${name}.ftl has ${id} twice`);
    const missing = [...said].filter((id) => !known.has(id)).map((id) => `src/${script} says ${id}, which texts/en/${name}.ftl has not`);
    return [...twice, ...missing, ...[...known].filter((id) => !said.has(id)).map((id) => `texts/en/${name}.ftl: nobody says ${id}`)];
  });
}
for (const stray of strayMessages()) {
  console.error(stray);
  failed = true;
}
for (const { path, contents } of built.outputFiles) {
  const name = path.split("/").at(-1);
  const target = new URL(`dist/${name}`, import.meta.url);
  if (!check) writeFileSync(target, contents);
  else if (!Buffer.from(contents).equals(readFileSync(target))) {
    console.error(`dist/${name} is not what its sources give: npm run build`);
    failed = true;
  }
  if (!(name in BUDGETS)) continue;
  const size = brotliCompressSync(contents).length;
  console.log(`${name}: ${contents.length} bytes, ${size} as brotli, of ${BUDGETS[name]}`);
  failed ||= size > BUDGETS[name];
}
process.exitCode = failed ? 1 : 0;
