// A vitest reporter that comes after the default one: records every test's name and outcome in
// .hebb/ for `npm run systems`, gives the reason of each skip, and ends with one line to be read by
// programs. Under HEBB_CI a skipped test counts as failed: there, everything it needs is present.

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { relative } from "node:path";

export default class Reporter {
  onInit(vitest) {
    this.root = vitest.config.root;
    this.filtered = vitest.config.testNamePattern !== undefined; // `-t`: skips are the asker's
  }

  onTestRunEnd(modules, unhandledErrors) {
    const strict = process.env.HEBB_CI === "1" && !this.filtered;
    const tests = [];
    let broken = unhandledErrors.length;
    for (const module of modules) {
      const file = relative(this.root, module.moduleId);
      broken += module.errors().length;
      for (const suite of module.children.allSuites()) broken += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        const skipped = state !== "passed" && state !== "failed";
        const entry = {
          name: test.name,
          fullName: test.fullName,
          file,
          state: skipped ? "skipped" : state,
        };
        if (skipped) entry.reason = note ?? "no reason given";
        tests.push(entry);
      }
    }
    const count = (state) => tests.filter((test) => test.state === state).length;
    const skips = tests.filter((test) => test.state === "skipped");
    let failed = count("failed") + broken;
    let skipped = skips.length;
    for (const { file, fullName, reason } of this.filtered ? [] : skips) {
      process.stdout.write(`skipped: ${file} > ${fullName}: ${reason}\n`);
    }
    if (strict && skipped > 0) {
      process.stdout.write("HEBB_CI=1: the skipped tests above count as failed\n");
      process.exitCode = 1;
      failed += skipped;
      skipped = 0;
    }
    this.record({ passed: count("passed"), failed, skipped, tests });
    process.stdout.write(`${count("passed")} passed, ${failed} failed, ${skipped} skipped\n`);
  }

  // Written aside and renamed, so that a reader never sees half of it.
  record(results) {
    const folder = `${this.root}/.hebb`;
    const kind = process.env.HEBB_TESTS;
    const name = kind === undefined ? "test-results.json" : `test-results.${kind}.json`;
    mkdirSync(folder, { recursive: true });
    const aside = `${folder}/${name}.${process.pid}`;
    writeFileSync(aside, `${JSON.stringify(results, null, 1)}\n`);
    renameSync(aside, `${folder}/${name}`);
  }
}
