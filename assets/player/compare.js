/** Where two runs differ: at a step, and first of all. Nothing here touches the page. */

import { fullNumber, shortNumber } from "./numbers.js";
import { cellName, sameTensor, sameValue } from "./payload.js";

/** @typedef {import("./payload.js").Walk} Walk */

/** The nodes of two walks that are the same node: by id in the same structure, else by name. */
export function pairsOf(intact, other) {
  const same = intact.payload.structure === other.payload.structure;
  const byName = new Map(other.payload.nodes.filter((node) => node.name).map((node) => [node.name, node]));
  const pairs = [];
  for (const node of intact.payload.nodes) {
    const partner = same ? other.nodes.get(node.id) : byName.get(node.name);
    if (node.name && partner) pairs.push([node, partner]);
    else if (same && partner) pairs.push([node, partner]);
  }
  return pairs;
}

/**
 * The nodes whose value or gradient differ when both walks stand at these steps.
 * @returns {{intact: Set<string>, other: Set<string>}}
 */
export function differencesAt(intact, at, other, otherAt) {
  const found = { intact: new Set(), other: new Set() };
  for (const [node, partner] of pairsOf(intact, other)) {
    const [a, b] = [intact.known(node, at), other.known(partner, otherAt)];
    if (differ(a.value, b.value) || differ(a.gradient, b.gradient)) {
      found.intact.add(node.id);
      found.other.add(partner.id);
    }
  }
  return found;
}

/**
 * The first step at which the two walks differ, in words, or null. What only one of them knows as yet is no
 * difference, since their steps may come in another order; at the end it is.
 * @returns {{step: number, text: string}|null}
 */
export function firstDifference(intact, other) {
  const pairs = pairsOf(intact, other);
  for (let step = 0; step <= intact.last; step++) {
    const there = step === intact.last ? other.last : other.keepStep(intact, step);
    const focus = intact.payload.steps[step].focus;
    const ordered = [...pairs].sort(([a], [b]) => Number(b.id === focus) - Number(a.id === focus));
    for (const [node, partner] of ordered)
      for (const kind of ["value", "gradient"]) {
        const [a, b] = [intact.known(node, step)[kind], other.known(partner, there)[kind]];
        const counts = step === intact.last || (a !== null && b !== null);
        if (counts && differ(a, b)) return { step, text: `step ${step}, ${kind} of ${whereIn(node, a, b)}: ${said(a, b)}` };
      }
  }
  return null;
}

function differ(a, b) {
  if ((a === null) !== (b === null)) return true;
  return a !== null && !sameTensor(a, b);
}

/** The first cell that differs, by its name; or the node, where the two can not be compared cell by cell. */
function whereIn(node, a, b) {
  return a && b && sameValue(a.shape, b.shape) ? cellName(node, firstCell(a, b)) : node.name || node.op;
}

const firstCell = (a, b) => Math.max(0, a.cells.findIndex((x, i) => x !== b.cells[i]));

function said(a, b) {
  if (!a || !b) return a ? "there is one in the intact run, none in this one" : "none in the intact run, there is one in this one";
  if (!sameValue(a.shape, b.shape)) return `shape (${a.shape.join(", ")}) in the intact run, (${b.shape.join(", ")}) in this one`;
  const cell = firstCell(a, b);
  let [x, y] = [shortNumber(a.cells[cell]), shortNumber(b.cells[cell])];
  if (x === y) [x, y] = [fullNumber(a.cells[cell]), fullNumber(b.cells[cell])];
  if (x === y) return `${x} in both, and different only after the seventh digit`;
  return `${x} in the intact run, ${y} in this one`;
}
