// The pictures beside a walk, out of plain HTML and SVG: bars, heat maps with words on both axes, lines, small
// pictures, and lines of text. They change many times a second, so each patches only what differs.

import { h, s, setAttribute, setText } from "../player/dom.js";
import { shortNumber } from "../player/numbers.js";

/**
 * @typedef {{kind: "bars", title: string, strong: number|null, names: string[], heights: number[]}} Bars
 * @typedef {{kind: "grid", title: string, rows: string[], columns: string[], cells: number[][], x: string, y: string}} Grid
 * @typedef {{kind: "curves", title: string, x: string, y: string, log: boolean, mark?: number,
 *   lines: {name: string, x: number[], y: number[], of: "value"|"gradient"|"other", strong: boolean}[]}} Curves
 * @typedef {{kind: "tiles", title: string, signed: boolean, tiles: {cells: number[][], name: string, right: boolean|null}[]}} Tiles
 * @typedef {{kind: "said", title: string, lines: [string, string, boolean|null][]}} Said
 * @typedef {Bars|Grid|Curves|Tiles|Said} View
 */

/** A row of views, each in a card. */
export class Views {
  constructor() {
    this.element = h("div", { class: "gb-views" });
    /** @type {{kind: string, title: HTMLElement, draw: (view: View) => void}[]} */
    this.cards = [];
  }

  /** @param {View[]} views */
  show(views) {
    const same = views.length === this.cards.length && views.every((view, i) => view.kind === this.cards[i].kind);
    if (!same) {
      this.cards = views.map(({ kind }) => card(kind));
      this.element.replaceChildren(...this.cards.map(({ element }) => element));
    }
    views.forEach((view, i) => {
      setText(this.cards[i].title, view.title);
      this.cards[i].draw(view);
    });
  }
}

function card(kind) {
  const title = h("figcaption", { class: "gb-title" });
  const body = h("div", { class: `gb-${kind}` });
  let drawn = "";
  const draw = (view) => {
    const key = JSON.stringify(view);
    if (key !== drawn) DRAW[kind](body, view);
    drawn = key;
  };
  return { kind, title, draw, element: h("figure", { class: `gb-card is-${kind}` }, title, body) };
}

const DRAW = { bars, grid, curves, tiles, said };

/** The bars of names that stay only change their length. @param {HTMLElement} body @param {Bars} view */
function bars(body, { names, heights, strong }) {
  while (body.children.length > names.length) body.lastChild.remove();
  while (body.children.length < names.length) {
    const bar = h("span", { class: "gb-bar" }, h("span", { class: "gb-fill" }));
    body.append(h("div", { class: "gb-line" }, h("span", { class: "gb-name" }), bar, h("span", { class: "gb-number" })));
  }
  names.forEach((name, i) => {
    const row = body.children[i];
    setText(row.children[0], name);
    row.children[1].firstChild.style.width = `${100 * Math.min(1, heights[i])}%`;
    setText(row.children[2], share(heights[i]));
    row.classList.toggle("is-strong", i === strong);
  });
}

/** A probability as a person reads it. */
function share(p) {
  const percent = 100 * p;
  return `${percent >= 99.95 ? "100" : percent >= 0.1 || p === 0 ? percent.toFixed(percent < 10 && p > 0 ? 1 : 0) : "< 0.1"} %`;
}

/** @param {HTMLElement} body @param {Grid} view */
function grid(body, { rows, columns, cells, x, y }) {
  const largest = Math.max(...cells.flat().map(Math.abs)) || 1;
  const whole = cells.flat().every(Number.isInteger);
  const head = h("tr", {}, h("td", { class: "gb-corner" }, `${y} ↓ ${x} →`), ...columns.map((name) => h("th", { scope: "col" }, name)));
  const lines = rows.map((name, i) =>
    h("tr", {}, h("th", { scope: "row" }, name), ...cells[i].map((cell) => heat(cell, largest, whole ? String(cell) : cell.toFixed(2)))),
  );
  body.replaceChildren(h("div", { class: "gb-scroll" }, h("table", { class: whole ? "is-counts" : null }, head, ...lines)));
}

function heat(cell, largest, text) {
  const strength = Math.abs(cell) / largest;
  const element = h("td", { class: strength > 0.6 ? "gb-heat is-strong" : "gb-heat", style: `--share: ${Math.round(100 * strength)}%` });
  setText(element, text === "0" ? "·" : text);
  return element;
}

/** @param {HTMLElement} body @param {Tiles} view */
function tiles(body, view) {
  const all = view.tiles.flatMap(({ cells }) => cells.flat());
  const largest = Math.max(...all.map(Math.abs)) || 1;
  body.replaceChildren(
    ...view.tiles.map(({ cells, name, right }) => {
      const words = h("span", { class: "gb-tile-name" }, name);
      if (right === false) words.append(h("span", { class: "gb-wrong" }, " ✗"));
      return h("div", { class: right === false ? "gb-tile is-wrong" : "gb-tile" }, picture(cells, largest), words);
    }),
  );
}

/**
 * A small picture of cells; one below 0 has a stripe through it.
 * @param {number[][]} cells
 * @param {number} largest
 */
export function picture(cells, largest) {
  const size = cells.length;
  const drawn = cells.flatMap((row, i) =>
    row.flatMap((cell, j) => {
      const strength = Math.abs(cell) / largest;
      if (strength < 0.01) return [];
      const rect = s("rect", { x: j, y: i, width: 1.02, height: 1.02, "fill-opacity": strength.toFixed(2) });
      return cell < 0 ? [rect, s("path", { d: `M${j + 0.2} ${i + 0.8}l.6 -.6`, class: "gb-stripe" })] : [rect];
    }),
  );
  return s("svg", { class: "gb-picture", viewBox: `0 0 ${cells[0].length} ${size}`, "aria-hidden": "true" }, ...drawn);
}

/** @param {HTMLElement} body @param {Said} view */
function said(body, { lines }) {
  body.replaceChildren(
    ...lines.map(([before, after, right]) => {
      const mark = right === null ? "" : right ? "✓ right" : "✗ wrong";
      const words = h("span", { class: "gb-after" }, after);
      return h("div", { class: "gb-say" }, h("span", { class: "gb-before" }, before), words, mark && h("span", { class: right ? "gb-right" : "gb-wrong" }, mark));
    }),
  );
}

const WIDE = 340;
const HIGH = 190;
const EDGE = { left: 46, right: 12, top: 10, bottom: 30 };

/** @param {HTMLElement} body @param {Curves} view */
function curves(body, { x, y, log, lines, mark }) {
  const key = JSON.stringify([x, y, log, lines]);
  if (body.dataset.key !== key) {
    body.dataset.key = key;
    body.replaceChildren(plot({ x, y, log, lines }));
  }
  const svg = body.firstChild;
  const line = svg.querySelector(".gb-mark");
  line.toggleAttribute("hidden", mark === undefined);
  if (mark === undefined) return;
  const first = lines[0];
  const at = EDGE.left + scale(mark, Math.min(...first.x), Math.max(...first.x)) * (WIDE - EDGE.left - EDGE.right);
  setAttribute(line, "transform", `translate(${at.toFixed(1)} 0)`);
}

function plot({ x, y, log, lines }) {
  const named = lines.length > 1;
  const right = named ? 46 : EDGE.right;
  const xs = lines.flatMap((line) => line.x);
  const up = (v) => (log ? Math.log10(v) : v);
  const ys = lines.flatMap((line) => line.y).filter((v) => Number.isFinite(v) && (!log || v > 0)).map(up);
  const [low, high] = span(ys, log);
  const across = (v) => EDGE.left + scale(v, Math.min(...xs), Math.max(...xs)) * (WIDE - EDGE.left - right);
  const upwards = (v) => HIGH - EDGE.bottom - scale(v, low, high) * (HIGH - EDGE.top - EDGE.bottom);
  const svg = s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${y} against ${x}` });
  for (const v of ticks(low, high, log)) {
    const at = upwards(v);
    svg.append(s("path", { class: "gb-rule", d: `M${EDGE.left} ${at}H${WIDE - right}` }));
    svg.append(s("text", { x: EDGE.left - 6, y: at, dy: ".32em", "text-anchor": "end" }, log ? power(v) : shortNumber(v, 2)));
  }
  for (const [v, anchor] of [[Math.min(...xs), "middle"], [Math.max(...xs), named ? "middle" : "end"]])
    svg.append(s("text", { x: across(v), y: HIGH - EDGE.bottom + 16, "text-anchor": anchor }, String(v)));
  svg.append(s("text", { x: (EDGE.left + WIDE - right) / 2, y: HIGH - EDGE.bottom + 16, "text-anchor": "middle", class: "gb-axis" }, x));
  const ends = lines.map((line) => endOf(line, up)).map((v) => upwards(v));
  const apart = named && Math.abs(ends[0] - ends[1]) < 13 ? 13 - Math.abs(ends[0] - ends[1]) : 0;
  lines.forEach((line, i) => {
    const points = line.x.map((v, k) => [v, line.y[k]]).filter(([, v]) => Number.isFinite(v) && (!log || v > 0));
    const d = points.map(([v, w], k) => `${k ? "L" : "M"}${across(v).toFixed(1)} ${upwards(up(w)).toFixed(1)}`).join("");
    svg.append(s("path", { class: `gb-curve is-${line.of}${line.strong ? " is-strong" : ""}`, d }));
    const shift = apart && i === (ends[0] > ends[1] ? 0 : 1) ? apart : 0;
    if (named) svg.append(s("text", { x: WIDE - right + 5, y: ends[i] + shift, dy: ".32em", class: `is-${line.of}` }, line.name));
  });
  svg.append(s("path", { class: "gb-mark", d: `M0 ${EDGE.top}V${HIGH - EDGE.bottom}` }));
  return svg;
}

/** From 0, or on a scale of powers of ten over at least one of them: else small changes would look large. */
function span(ys, log) {
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  if (!log) return [Math.min(0, low), high];
  const more = Math.max(0, (1 - (high - low)) / 2);
  return [low - more, high + more];
}

function endOf(line, up) {
  const last = line.y.filter((v) => Number.isFinite(up(v))).at(-1);
  return up(last);
}

const scale = (v, low, high) => (high > low ? (v - low) / (high - low) : 0.5);

/** Three or four round numbers between two others; whole powers of ten on a scale of these. */
function ticks(low, high, log) {
  if (log) {
    const every = Math.max(1, Math.ceil((high - low) / 4));
    const first = Math.ceil(low / every) * every;
    const found = [];
    for (let v = first; v <= high + 1e-9; v += every) found.push(v);
    return found.length > 1 ? found : [low, high];
  }
  const rough = (high - low || 1) / 3;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const every = [1, 2, 5, 10].map((k) => k * unit).find((v) => v >= rough);
  const found = [];
  for (let v = Math.ceil(low / every) * every; v <= high + 1e-9; v += every) found.push(Number(v.toPrecision(6)));
  return found;
}

const SIGNS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function power(v) {
  if (!Number.isInteger(v)) return shortNumber(10 ** v, 2);
  if (v >= -2 && v <= 2) return String(Number((10 ** v).toPrecision(3)));
  return `10${[...String(v)].map((sign) => SIGNS[sign]).join("")}`;
}
