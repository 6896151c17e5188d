/** `node codegen.mjs openapi.json generated.ts`: hooks and types for every route, added to the api of src/api/base.ts. */

import { writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { generateEndpoints } from "@rtk-query/codegen-openapi";

const [schema, target] = process.argv.slice(2).map((path) => resolve(path));
if (!schema || !target) throw new Error("give the schema's path and the target's");

const source = await generateEndpoints({
  schemaFile: schema,
  apiFile: "./base.ts",
  apiImport: "baseApi",
  exportName: "api",
  tag: true,
  endpointOverrides: [{ pattern: "estimateTraining", type: "query" }],
  hooks: { queries: true, lazyQueries: false, mutations: true },
});
if (!source) throw new Error(`nothing was generated from ${dirname(schema)}`);
await writeFile(target, source.replace('from "./base.ts"', 'from "./base"'));
