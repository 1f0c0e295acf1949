/** Changing a leaf's number: by dragging it, by the arrow keys, or by typing. */

import { h } from "./dom.js";
import { parseNumber, shortNumber, toNumber } from "./numbers.js";
import { cellName, cellPlace } from "./payload.js";

/** @typedef {import("./cards.js").Card} Card */

const PIXELS = 5; // of dragging per step of the input
const STILL = 3; // a click may tremble so far

export class Edits {
  /**
   * @param {HTMLElement} area positioned; the text field is put inside it
   * @param {(name: string, value: any) => void} change what to do with a new value
   */
  constructor(area, change) {
    this.area = area;
    this.change = change;
    this.field = null;
  }

  /**
   * @param {SVGGElement} handle
   * @param {Card} card
   */
  attach(handle, card) {
    const scalar = card.node.value.shape.length === 0;
    if (scalar) handle.addEventListener("pointerdown", (event) => this.#drag(event, handle, card));
    else
      handle.addEventListener("click", (event) => {
        const cell = event.target.dataset.editCell;
        if (cell !== undefined) this.type(card, Number(cell));
      });
    handle.addEventListener("keydown", (event) => this.#key(event, card, scalar));
  }

  #key(event, card, scalar) {
    const turn = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === "Enter" || event.key === "F2") this.type(card, 0);
    else if (scalar && turn) this.#set(card, 0, clamp(card, toNumber(card.node.value.cells[0]) + turn * stepOf(card)));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #drag(down, handle, card) {
    if (down.button) return;
    down.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(down.pointerId);
    const from = toNumber(card.node.value.cells[0]);
    let last = from;
    let moved = false;
    const move = (event) => {
      const distance = event.clientX - down.clientX;
      if (!moved && Math.abs(distance) <= STILL) return;
      moved = true;
      handle.classList.add("is-dragging");
      const next = clamp(card, tidy(from + Math.round(distance / PIXELS) * stepOf(card)));
      if (next === last) return;
      last = next;
      this.#set(card, 0, next);
    };
    const end = (event) => {
      handle.classList.remove("is-dragging");
      for (const [name, listener] of listeners) handle.removeEventListener(name, listener);
      if (!moved && event.type === "pointerup") this.type(card, 0);
    };
    const listeners = [["pointermove", move], ["pointerup", end], ["pointercancel", end]];
    for (const [name, listener] of listeners) handle.addEventListener(name, listener);
  }

  #set(card, cell, x) {
    this.change(card.node.input.name, { cell: cellPlace(card.node, cell), x });
  }

  /**
   * Open a text field over a cell.
   * @param {Card} card
   * @param {number} cell index among the cells in view
   */
  type(card, cell) {
    this.field?.close();
    const { node } = card;
    const box = this.#boxOf(card, cell);
    const input = h("input", { class: "gw-field", "aria-label": `Value of ${cellName(node, cell)}`, inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
    const wrong = h("div", { class: "gw-field-wrong", role: "alert" });
    const element = h("div", { class: "gw-field-box" }, input, wrong);
    input.value = String(toNumber(node.value.cells[cell]));
    element.style.transform = `translate(${Math.round(box.x)}px, ${Math.round(box.y)}px)`;
    let open = true;
    const close = (refocus = false) => {
      if (!open) return;
      open = false;
      this.field = null;
      element.remove();
      if (refocus) card.element.parentNode?.querySelector(".gw-edit")?.focus({ preventScroll: true });
    };
    const commit = () => {
      const problem = this.#problem(card, input.value);
      wrong.textContent = problem;
      input.setAttribute("aria-invalid", String(problem !== ""));
      if (problem) {
        this.#fit(wrong);
        return false;
      }
      const x = parseNumber(input.value);
      if (x !== toNumber(card.node.value.cells[cell])) this.#set(card, cell, x);
      return true;
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" && commit()) close(true);
      if (event.key === "Escape") close(true);
      if (event.key === "Tab" && node.value.shape.length && commit()) {
        const next = cell + (event.shiftKey ? -1 : 1);
        if (next < 0 || next >= node.value.cells.length) return;
        event.preventDefault();
        this.type(card, next);
      }
    });
    input.addEventListener("blur", () => {
      if (open) commit();
      close();
    });
    this.area.append(element);
    this.field = { close };
    input.focus({ preventScroll: true });
    input.select();
  }

  /** Keep the sentence inside the area: above the field at its foot, further left at its right edge. */
  #fit(wrong) {
    wrong.classList.remove("is-above");
    wrong.style.translate = "";
    const area = this.area.getBoundingClientRect();
    wrong.classList.toggle("is-above", wrong.getBoundingClientRect().bottom > area.bottom);
    const over = wrong.getBoundingClientRect().right - area.right + 8;
    if (over > 0) wrong.style.translate = `${-Math.round(over)}px 0`;
  }

  #problem(card, text) {
    const { name, low, high } = card.node.input;
    const x = parseNumber(text);
    if (x === null) return `“${text.trim().slice(0, 20)}” is not a number; type one such as 2.5 or −1. The old value stays.`;
    if (low !== null && low !== undefined && x < low) return `${name} goes down to ${shortNumber(low)} here. The old value stays.`;
    if (high !== null && high !== undefined && x > high) return `${name} goes up to ${shortNumber(high)} here. The old value stays.`;
    return "";
  }

  /** The cell's middle on the screen, within the area. */
  #boxOf(card, cell) {
    const target = card.element.parentNode.querySelector(card.node.value.shape.length ? `[data-edit-cell="${cell}"]` : ".gw-edit-reach");
    const rect = target.getBoundingClientRect();
    const area = this.area.getBoundingClientRect();
    const x = Math.min(Math.max(rect.x + rect.width / 2 - area.x, 60), area.width - 60);
    return { x, y: rect.y + rect.height / 2 - area.y };
  }
}

/**
 * A nested list with one cell replaced; the old one stays as it is.
 * @param {any} value
 * @param {number[]} cell
 * @param {number} x
 */
export function withCell(value, cell, x) {
  if (cell.length === 0) return x;
  return value.map((part, index) => (index === cell[0] ? withCell(part, cell.slice(1), x) : part));
}

function stepOf(card) {
  const { low, high, step } = card.node.input;
  if (step) return step;
  return low !== null && high !== null && Number.isFinite(high - low) ? (high - low) / 100 : 0.1;
}

function clamp(card, x) {
  const { low, high } = card.node.input;
  return tidy(Math.min(Math.max(x, low ?? -Infinity), high ?? Infinity));
}

/** Without the dust that adding decimal steps leaves: 0.30000000000000004 -> 0.3. */
const tidy = (x) => Number(x.toPrecision(12));
