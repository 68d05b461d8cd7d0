// Says to bundlers what CONTRIBUTING.md promises: no module does anything when it is loaded. They see
// that a function does nothing by itself, but not that a table does whose rows are made by calls;
// such a constant is wrapped as `/* @__PURE__ */ (() => …)()`, which goes when nobody uses it.

/** Gives a function from a module's text to that with its constants marked. */
export async function constantsMarker() {
  // Not at the top: before the first install there is none, and scripts that install load this.
  const { default: ts } = await import("typescript");
  return (text) => withPureConstants(text, ts);
}

function withPureConstants(text, ts) {
  const file = ts.createSourceFile("module.js", text, ts.ScriptTarget.ES2022, true);
  const places = [];
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { initializer } of statement.declarationList.declarations) {
      if (initializer && acts(initializer, ts))
        places.push([initializer.getStart(file), initializer.end]);
    }
  }
  return places.reduceRight(
    (marked, [from, to]) =>
      `${marked.slice(0, from)}/* @__PURE__ */ (() => (${marked.slice(from, to)}))()${marked.slice(to)}`,
    text,
  );
}

/** Whether an expression might do something, as far as a bundler can tell. */
function acts(node, ts) {
  if (ts.isFunctionLike(node)) return false;
  const doubtful =
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isTaggedTemplateExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isBinaryExpression(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isSpreadElement(node) ||
    ts.isSpreadAssignment(node);
  return doubtful || (ts.forEachChild(node, (child) => acts(child, ts) || undefined) ?? false);
}
