#!/bin/sh
# In Squiggle "0.6 to 0.99" is a lognormal: as a probability it gives some of its mass to values above one.
#
# Version: Squiggle 0.10.0 (npm package squiggle-lang of quri), on Node 20.
# Behaviour: "low to high" is short for a lognormal whose 5% and 95% points are the two numbers. So the middle of a range is
# its geometric mean, below the one that people mean (0.46 for 0.3 to 0.7), and a range of probabilities near one reaches
# beyond it: for 0.6 to 0.99 about 3% of the draws are above 1, without a message. The mean of a wide range is far above its
# middle too: 1 to 10 has the median 3.2 and the mean 4.0.
# Misled: who states chances as ranges in a Squiggle model, the tool's usual way to state anything, and multiplies them.
# Source: documentation of Squiggle, distribution creation: to.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"
npm init --yes >npm.log 2>&1
npm install --silent --no-fund --no-audit @quri/squiggle-lang@0.10.0 >npm.log 2>&1
cat >see.mjs <<'JS'
import { readFileSync } from "node:fs";
import { run } from "@quri/squiggle-lang";

const number = async (code) => Number((await run(code)).result.value.result.toString());
const median = await number("quantile(0.3 to 0.7, 0.5)");
const above = await number("1 - cdf(0.6 to 0.99, 1)");
const mean = await number("mean(1 to 10)");
const version = JSON.parse(readFileSync("node_modules/@quri/squiggle-lang/package.json", "utf8")).version;
console.log(`squiggle-lang ${version} node ${process.version}`);
console.log(`median of 0.3 to 0.7: ${median.toFixed(2)} (geometric mean ${Math.sqrt(0.21).toFixed(2)}); mean of 1 to 10: ${mean.toFixed(2)}`);
console.log(`SEEN: "0.6 to 0.99" gives ${(100 * above).toFixed(1)}% of its mass to probabilities above 1`);
const seen = Math.abs(median - Math.sqrt(0.21)) < 0.02 && above > 0.015 && above < 0.07;
process.exit(seen ? 0 : 1);
JS
node see.mjs
