// Stands in for the CDK CLI: notes how it was called, prints what plan.json says, and ends so.
"use strict";
const fs = require("fs");
const path = require("path");

const root = path.resolve(__dirname, "../../..");
const [command, ...rest] = process.argv.slice(2);
const plan = JSON.parse(fs.readFileSync(path.join(root, "plan.json"), "utf8"))[command] || {};
const call = { command, arguments: rest, directory: process.cwd(), environment: process.env };
fs.appendFileSync(path.join(root, "calls.jsonl"), JSON.stringify(call) + "\n");
for (const [name, content] of Object.entries(plan.files || {})) {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  fs.writeFileSync(path.join(root, name), content);
}
process.stdout.write(plan.output || "");
if (plan.hangs) setInterval(() => {}, 1000);
else process.exitCode = plan.exit || 0;
