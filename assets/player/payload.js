/**
 * The graph payload, and what is known at each of its steps. Nothing here touches the page.
 *
 * @typedef {import("./numbers.js").Cell} Cell
 * @typedef {{shape: number[], rows: number, cols: number, cells: Cell[], more?: boolean, max?: Cell, norm?: Cell}} Tensor
 * @typedef {{x: number, y: number, w: number, h: number, cell: [number, number], numbers: boolean, norm?: boolean,
 *   rows?: number, columns?: number}} Slot rows, columns: px for words left of the cells and above them
 * @typedef {{name: string, low?: number|null, high?: number|null, step?: number|null}} Input
 * @typedef {{id: string, label: string, value: number, gradient: number|null}} Member
 * @typedef {{id: string, kind: string, label: string, formula: string, footer: string, members?: Member[], shared?: boolean,
 *   apart?: string, strip?: {x: number, y: number, w: number, h: number}}} Box members: of a stack, the boxes that it stands for
 * @typedef {{id: string, kind: "leaf"|"constant"|"op"|"box"|"port", name: string, expression: string, op: string, subtitle?: string,
 *   about: string, labels?: string[][], tokens?: string[],
 *   x: number, y: number, w: number, h: number, value: Tensor, gradient: Tensor|null,
 *   slots: {value: Slot|null, gradient: Slot|null}, input: Input|null, learns: boolean, share: boolean, consumers: number, box: Box|null,
 *   steps: {forward: number|null, backward: number[], update: number|null}, warning: string|null}} GraphNode labels: the words for
 *   the places in view, axis by axis; tokens: those that its numbers stand for
 * @typedef {{id: string, from: string, to: string, argument: number, path: string, learns: boolean, weight: boolean}} Edge
 * @typedef {{id: string, label: string, formula: string, plain: string, x: number, y: number, w: number, h: number, depth: number,
 *   alike: string[], roll: Roll|null}} Frame alike: it and its siblings, where a drawing folds them; roll: of the boxes inside
 * @typedef {{label: string, shared: boolean, members: string[], apart: string, folded: string}} Roll boxes that stand side by
 *   side and can be folded; apart, folded: what is opened for the one and for the other
 * @typedef {"start"|"forward"|"seed"|"backward"|"update"} Phase
 * @typedef {{phase: Phase, name: string, path: string, focus: string|null, edges: string[], reads: string[], sentence: string,
 *   formula: {symbols: string, numbers: string}|null, flow: [string, string][], line: number|null, span: number[]|null,
 *   contribution: Tensor|null, total: Tensor|null, terms: string[], of: number, aside: boolean, after: Tensor|null}} Step
 *   aside: the gradient is that of another value of the box than the one on its card
 * @typedef {{version: number, source?: object, title: string, structure: string, size: {width: number, height: number},
 *   root: string, values: Record<string, any>, defaults: Record<string, any>, open: string[], opens?: string[],
 *   facts?: Record<string, number>, focus?: string, trail?: {id: string, label: string}[], around?: Around|null, nodes: GraphNode[],
 *   tensors?: Tensor[],
 *   frames: Frame[], roll?: Roll|null, edges: Edge[], steps: Step[], phases: {phase: Phase, first: number, last: number}[],
 *   code: {text: string, language: string}|null, summary: string, notices: string[],
 *   cover?: import("./covered.js").Cover}} Payload around: of a cell's scalar graph
 * @typedef {{open: string[], focus: string, step: string, trail: {id: string, label: string}[]}} Around what of the whole was
 *   seen when a cell of it was opened
 */

/** A payload with what the player looks up in it again and again. */
export class Walk {
  /** @param {Payload} payload */
  constructor(payload) {
    this.payload = payload;
    /** @type {Map<string, GraphNode>} */
    this.nodes = new Map(payload.nodes.map((node) => [node.id, node]));
    /** @type {Map<string, Edge>} */
    this.edges = new Map(payload.edges.map((edge) => [edge.id, edge]));
    this.last = payload.steps.length - 1;
    /** Per node, the steps at which its gradient changes. @type {Map<string, number[]>} */
    this.gradientSteps = new Map();
    payload.steps.forEach((step, index) => {
      if (!step.focus || !step.total || step.aside) return;
      const list = this.gradientSteps.get(step.focus);
      if (list) list.push(index);
      else this.gradientSteps.set(step.focus, [index]);
    });
  }

  /** The index of the step with this name, or -1. */
  find(name) {
    return this.payload.steps.findIndex((step) => step.name === name);
  }

  /**
   * The step of this walk at which as much is done as at a step of another: the same one; if a box was closed
   * around it, that box's; if one was opened there, the one before the next step that both walks have.
   * @param {Walk} other
   * @param {number} index
   */
  keepStep(other, index) {
    if (index === other.last) return this.last;
    const step = other.payload.steps[index];
    const same = this.find(step.name);
    if (same >= 0) return same;
    const around = this.#stepOfBoxAround(step);
    if (around >= 0) return around;
    for (let later = index + 1; later <= other.last; later++) {
      const next = this.find(other.payload.steps[later].name);
      if (next > 0) return next - 1;
    }
    return this.last;
  }

  /** The step of the closed box that a step of another walk happens in, or -1. */
  #stepOfBoxAround({ path, phase }) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const box = boxOf(this.payload, path.slice(0, end));
      if (box && phase === "backward") return this.payload.steps.findIndex((step) => step.phase === phase && step.reads.includes(box.id));
      if (box) return box.steps.forward ?? -1;
    }
    return -1;
  }

  /**
   * What a node holds at a step.
   * @param {GraphNode} node
   * @param {number} at
   * @returns {{value: Tensor|null, gradient: Tensor|null, updated: boolean}} null: not yet known
   */
  known(node, at) {
    const { forward, update } = node.steps;
    const updated = update !== null && update !== undefined && at >= update;
    const value = updated ? (this.payload.steps[update].after ?? node.value) : node.value;
    return { value: forward === null || at >= forward ? value : null, gradient: this.gradient(node, at), updated };
  }

  /** The gradient's terms that have arrived at this step, summed; null before the first. */
  gradient(node, at) {
    const list = this.gradientSteps.get(node.id);
    if (!list) return null;
    let index = null;
    for (const step of list) {
      if (step > at) break;
      index = step;
    }
    return index === null ? null : this.payload.steps[index].total;
  }

  /** Whether all terms of a node's gradient have arrived. @param {GraphNode} node @param {number} at */
  isWhole(node, at) {
    const list = this.gradientSteps.get(node.id);
    return list !== undefined && at >= list[list.length - 1];
  }

  /** Where a click on a node leads: to its forward step; from there, to its last backward step. */
  stepOf(node, current) {
    const forward = node.steps.forward;
    const gradient = this.gradientSteps.get(node.id)?.at(-1) ?? null;
    if (forward === null) return gradient !== null && current !== gradient ? gradient : 0;
    return current === forward && gradient !== null ? gradient : forward;
  }

  /** The phase's words for a person. */
  phaseOf(index) {
    const { phase } = this.payload.steps[index];
    return phase === "seed" ? "backward" : phase;
  }
}

/**
 * The payload with the arrays, which travel once each, where their numbers stand. It is the same object.
 * @param {Payload} payload
 */
export function withTensors(payload) {
  const { tensors } = payload;
  if (!tensors) return payload;
  const put = (thing, names) => names.forEach((name) => (thing[name] = thing[name] === null ? null : tensors[thing[name]]));
  for (const node of payload.nodes) put(node, ["value", "gradient"]);
  for (const step of payload.steps) put(step, ["contribution", "total", "after"]);
  delete payload.tensors;
  return payload;
}

/**
 * The node of a closed box, or of the stack that holds it.
 * @param {Payload} payload
 * @param {string} id
 */
export function boxOf(payload, id) {
  return payload.nodes.find(({ box }) => box && (box.id === id || box.members?.some((member) => member.id === id)));
}

/**
 * What a cell is called: `w[0]`, `X[1, 2]`, or `weights[bank, river]` where its places have words.
 * @param {GraphNode} node
 * @param {number} index among the cells in view
 */
export function cellName(node, index) {
  const place = cellPlace(node, index);
  if (place.length === 0) return node.name;
  return `${node.name}[${place.map((at, axis) => wordAt(node.labels?.[axis], at) || at).join(", ")}]`;
}

/** The word of a place; if it occurs several times, with the place, counted from 1. @param {string[]|undefined} words */
function wordAt(words, at) {
  const word = words?.[at];
  return word && words.indexOf(word) !== words.lastIndexOf(word) ? `${word} (${at + 1})` : word;
}

/**
 * Where a cell in view is in its tensor: [] for a scalar, [i] for a vector, [i, j] for a matrix, and so on.
 * @param {GraphNode} node
 * @param {number} index among the cells in view
 * @returns {number[]}
 */
export function cellPlace(node, index) {
  const { shape, cols } = node.value;
  if (shape.length === 0) return [];
  if (shape.length === 1) return [index];
  return [...Array(shape.length - 2).fill(0), Math.floor(index / cols), index % cols]; // deeper ones show one page
}

/**
 * Which of the cells in view is at this place of a tensor, or -1: the other way round.
 * @param {GraphNode} node
 * @param {number[]} place
 */
export function cellIndex(node, place) {
  return node.value.cells.findIndex((_, index) => sameValue(cellPlace(node, index), place));
}

/**
 * The inputs that differ from their defaults, as the server wants them.
 * @param {Payload} payload
 * @returns {Record<string, any>}
 */
export function changedValues(payload) {
  const changed = {};
  for (const [name, value] of Object.entries(payload.values ?? {}))
    if (!sameValue(value, payload.defaults?.[name])) changed[name] = value;
  return changed;
}

/** Whether two inputs (numbers, texts or nested lists) are equal. */
export function sameValue(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether two tensors show the same cells. */
export function sameTensor(a, b) {
  if (a === b) return true;
  if (!a || !b || a.cells.length !== b.cells.length) return false;
  return a.norm === b.norm && a.cells.every((cell, index) => cell === b.cells[index]);
}
