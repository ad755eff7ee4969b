// Validates JSON files. Usage: node json-schema.mjs MODULES_FOLDER SCHEMA FILE…
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";

const [modules, schema, ...files] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const ajv = new (require("ajv").default)({ allErrors: true });
require("ajv-formats").default(ajv);
const validate = ajv.compile(read(schema));

for (const file of files) {
  if (validate(read(file))) continue;
  for (const { instancePath, message, params } of validate.errors) {
    console.error(`${basename(file)}: ${instancePath || "/"} ${message} ${JSON.stringify(params)}`);
  }
  process.exitCode = 1;
}
