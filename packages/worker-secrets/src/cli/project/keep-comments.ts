import { type Document, isMap, isNode, isScalar, type Node, visit } from "yaml";

/** Puts a value at a path of a document. Comments that people wrote at the old value stay at the new one. */
export function setKeepingComments(document: Document, path: readonly string[], value: unknown): void {
  for (const length of path.keys()) {
    const above = document.getIn(path.slice(0, length), true);
    // `environmentVariables:` alone is null; what is stored below makes it a mapping.
    if (length > 0 && isScalar(above) && above.value === null) replace(document, path.slice(0, length), {});
  }
  replace(document, path, value);
}

function replace(document: Document, path: readonly string[], value: unknown): void {
  const before = document.getIn(path, true);
  const node = document.createNode(value);
  if (isNode(before)) carryComments(before, node);
  document.setIn(path, node);
}

function carryComments(from: Node, to: Node): void {
  const above: string[] = [];
  const behind: string[] = [];
  visit(from, {
    Node(_, node) {
      if (node.commentBefore) above.push(node.commentBefore);
      if (node.comment && !(node === from && isMap(to))) behind.push(node.comment);
    },
  });
  if (isMap(to) && from.comment) to.comment = from.comment;
  if (above.length > 0) to.commentBefore = above.join("\n");
  if (behind.length === 0) return;
  const end = lastScalar(to);
  end.comment = behind.join("\n");
}

/** Where a comment behind the value belongs: `fn::secret: … # comment`. */
function lastScalar(node: Node): Node {
  let found: Node = node;
  visit(node, {
    Scalar(key, scalar) {
      if (key !== "key" && isScalar(scalar)) found = scalar;
    },
  });
  return found;
}
