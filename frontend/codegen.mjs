/** `node codegen.mjs openapi.json generated.ts`: hooks and types for every route, added to the api of src/api/base.ts. */

import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { generateEndpoints } from "@rtk-query/codegen-openapi";

const [schema, target] = process.argv.slice(2).map((path) => resolve(path));
if (!schema || !target) throw new Error("give the schema's path and the target's");

// Sent as POST for their size, these change nothing.
const ASKED = [
  "estimateTraining",
  "estimateConversion",
  "lookAtImport",
  "forecastTraining",
  "suggestPresets",
  "viewTokens",
  "viewDraftTokens",
  "getTokenStatistics",
];

// A stream's type is that of its events: src/api/stream.ts reads them.
const streamed = join(dirname(schema), "streamed.json");
const described = JSON.parse(await readFile(schema, "utf8"), (key, value) => {
  if (key === "content" && value["application/json"]) delete value["text/event-stream"];
  return value;
});
await writeFile(streamed, JSON.stringify(described));

const source = await generateEndpoints({
  schemaFile: streamed,
  apiFile: "./base.ts",
  apiImport: "baseApi",
  exportName: "api",
  tag: true,
  endpointOverrides: [{ pattern: ASKED, type: "query" }],
  hooks: { queries: true, lazyQueries: false, mutations: true },
});
if (!source) throw new Error(`nothing was generated from ${dirname(schema)}`);
await writeFile(target, source.replace('from "./base.ts"', 'from "./base"'));
