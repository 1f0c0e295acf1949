/**
 * A graph payload in which one number is covered, until the learner has predicted it. Nothing here touches the page.
 *
 * The number is gone from everything that the step shows: the card, the arrow, the sentence, the formula, the sum.
 * It stays covered at its own step alone: who goes on from there has asked to see it.
 *
 * @typedef {import("./payload.js").Payload} Payload
 * @typedef {{kind: "value"|"gradient"|"update", name: string, at?: string|null}} Cover at: the step's name, if the
 *   question tells it
 */

import { COVERED } from "./numbers.js";

/**
 * The index of the step that the cover lies on, or -1 if the drawing has no such step: a closed box hides it.
 * @param {Payload} payload
 * @param {Cover} cover
 */
export function coveredStep(payload, cover) {
  const node = payload.nodes.find(({ name }) => name === cover.name);
  if (!node) return -1;
  if (cover.kind !== "gradient") return node.steps[cover.kind === "value" ? "forward" : "update"] ?? -1;
  const its = payload.steps.flatMap((step, index) => (step.focus === node.id && step.total ? [index] : []));
  return its.find((index) => payload.steps[index].name === cover.at) ?? its.at(-1) ?? -1;
}

/**
 * The payload with the number covered; the same one, if it has no such number.
 * @param {Payload} payload
 * @param {Cover|null} cover
 * @returns {Payload}
 */
export function covered(payload, cover) {
  const index = cover ? coveredStep(payload, cover) : -1;
  if (index < 0) return payload;
  const step = payload.steps[index];
  const node = payload.nodes.find(({ id }) => id === step.focus);
  const steps = [...payload.steps];
  const what = cover.kind === "update" ? `value of **${cover.name}** after the step` : `${cover.kind} of **${cover.name}**`;
  steps[index] = {
    ...step,
    sentence: `What is the ${what}? Predict it first.`,
    formula: step.formula && { symbols: step.formula.symbols, numbers: "" },
    flow: cover.kind === "value" ? step.flow : step.flow.map(([edge]) => [edge, COVERED]),
    terms: step.terms.map((term, place) => (place === step.terms.length - 1 ? COVERED : term)),
    contribution: blank(step.contribution),
    total: blank(step.total),
    after: blank(step.after),
  };
  const value = cover.kind === "value" ? blank(node.value) : node.value;
  const nodes = payload.nodes.map((one) => (one === node ? { ...node, value, warning: null } : one));
  return { ...payload, nodes, steps, cover };
}

/** The tensor with a mark in place of every number. */
function blank(tensor) {
  return tensor && { ...tensor, cells: tensor.cells.map(() => COVERED), max: 0, norm: COVERED };
}
