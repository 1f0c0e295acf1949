/** The full number, or the full name, of whatever the pointer rests on. */

import { h } from "./dom.js";
import { formula } from "./formula.js";
import { fullNumber } from "./numbers.js";
import { cellName } from "./payload.js";
import { rich } from "./text.js";

const PATIENCE = 180; // ms

/**
 * @param {HTMLElement} area positioned; the tooltip is put inside it
 * @param {() => import("./graph.js").Graph} graph
 * @returns {{hide: () => void}}
 */
export function tooltip(area, graph) {
  const tip = h("div", { class: "gw-tip", role: "tooltip", hidden: true });
  area.append(tip);
  let over = null;
  let timer = 0;
  const hide = () => {
    over = null;
    clearTimeout(timer);
    tip.hidden = true;
  };
  const show = (target) => {
    if (target === over) return;
    const wait = tip.hidden ? PATIENCE : 0; // the first one waits, the next ones follow the pointer at once
    hide();
    over = target;
    if (target) timer = setTimeout(() => place(target), wait);
  };
  const place = (target) => {
    const content = contentOf(target, graph());
    if (!content || !target.isConnected) return;
    tip.hidden = false;
    tip.replaceChildren(content);
    const box = area.getBoundingClientRect();
    const rect = target.getBoundingClientRect();
    const wide = tip.offsetWidth;
    const x = Math.min(Math.max(6, rect.x - box.x + rect.width / 2 - wide / 2), box.width - wide - 6);
    const above = rect.y - box.y - tip.offsetHeight - 8;
    tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(above > 4 ? above : rect.bottom - box.y + 8)}px)`;
  };
  const wanted = (event) => event.target.closest?.("[data-full], [data-edit-cell], .gw-edit, .gw-strip-picker, [data-node], .gw-frame-label");
  area.addEventListener("pointerover", (event) => event.pointerType !== "touch" && show(wanted(event)));
  area.addEventListener("pointerleave", hide);
  area.addEventListener("pointerdown", hide);
  return { hide };
}

function contentOf(target, graph) {
  const id = target.closest(".gw-item")?.querySelector("[data-node]")?.dataset.node;
  const card = id ? graph.cards.get(id) : undefined;
  const frame = target.closest(".gw-frame")?.__data__;
  if (target.matches(".gw-sign")) return document.createTextNode(target.getAttribute("aria-label"));
  if (frame) return frame.formula ? h("div", {}, h("strong", {}, frame.label), " ", formula(frame.formula)) : null;
  if (!card) return null;
  if (target.matches(".gw-strip-picker")) return document.createTextNode(card.strip.describe(card.strip.index));
  if (target.matches(".gw-warning")) return rich(target.dataset.full);
  const cell = target.dataset.cell ?? target.dataset.editCell;
  if (cell !== undefined) {
    const kind = target.closest(".gw-map-gradient") ? "gradient" : "value";
    return cellText(card, kind, Number(cell), target.closest(".gw-edit") ? "Click to type another." : "");
  }
  if (target.matches(".gw-edit")) {
    const tensor = card.shown.value;
    return h("div", {}, tensor ? `${card.node.name} = ${fullNumber(tensor.cells[0])}` : "", h("small", {}, target.dataset.hint));
  }
  if (target.dataset.full) return document.createTextNode(target.dataset.full);
  return nodeText(card);
}

function cellText(card, kind, index, hint) {
  const tensor = card.shown[kind];
  if (!tensor) return null;
  const number = fullNumber(tensor.cells[index]);
  const word = card.node.tokens?.[index];
  const text = `${cellName(card.node, index)}: ${word === undefined ? `${kind} ${number}` : `${word}, number ${number}`}`;
  return h("div", {}, text, hint && h("small", {}, hint));
}

function nodeText(card) {
  const { node, shown } = card;
  const shape = node.value.shape.length ? `shape (${node.value.shape.join(", ")}${node.value.shape.length === 1 ? "," : ""})` : "";
  const about = [node.box ? "" : node.op, node.about, node.box?.footer ?? shape].filter(Boolean).join(" · ");
  const content = h("div", {}, h("strong", {}, node.expression ? `${node.name} = ${node.expression}` : node.name));
  if (node.box?.formula) content.append(h("div", {}, formula(node.box.formula)));
  if (about) content.append(h("small", {}, about));
  if (shape === "" && shown.value) content.append(h("small", { class: "gw-val" }, `value ${fullNumber(shown.value.cells[0])}`));
  if (shape === "" && shown.gradient) content.append(h("small", { class: "gw-grd" }, `gradient ${fullNumber(shown.gradient.cells[0])}`));
  if (node.warning) content.append(h("small", {}, node.warning));
  return content;
}
