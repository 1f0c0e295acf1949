/**
 * The page's address: `?part=2&values=a:2,b:-1&open=box&focus=box&step=seed`, as ui/address.py reads it. With
 * `cell=n3:value:0,1&inner=box&into=box&from=forward x` the step is one of the cell's scalar graph, `inner` is open there,
 * and `open`, `focus` and `from` are those of the whole. `asks=value:0,1:n3` is the cell that the panel tells of.
 */

import { changedValues, sameValue } from "./payload.js";

/** @typedef {import("./payload.js").Payload} Payload */
/** @typedef {import("./cell.js").Asked} Asked */

const MOVES = ["gw-step", "gw-change", "gw-ask"];

/**
 * The page's address with this moment of a walk in it. What is at its default is left out.
 * @param {Payload} payload
 * @param {string} step the step's name
 * @param {Asked|null} [asks] the cell that the panel tells of
 * @param {string} [page]
 * @returns {string}
 */
export function addressOf(payload, step, asks = null, page = location.href) {
  const url = new URL(page);
  const values = Object.entries(changedValues(payload)).map(([name, value]) => `${name}:${JSON.stringify(value)}`);
  set(url, "part", payload.source?.part ? String(payload.source.part + 1) : "");
  set(url, "values", values.join(","));
  const scalars = payload.source?.scalars;
  const { open = [], focus = "", step: from = "start" } = scalars ? (payload.around ?? {}) : payload;
  set(url, "open", openInAddress(open, payload.opens));
  set(url, "focus", focus);
  set(url, "from", scalars && from !== "start" ? from : "");
  set(url, "inner", scalars ? (payload.open ?? []).join(",") : "");
  set(url, "into", scalars ? (payload.focus ?? "") : "");
  const boxes = scalars?.boxes?.length ? `:${scalars.boxes.join(",")}` : "";
  set(url, "cell", scalars ? `${scalars.node}:${scalars.kind}:${scalars.cell.join(",")}${boxes}` : "");
  set(url, "step", step === "start" ? "" : step);
  set(url, "asks", asks ? `${asks.kind}:${asks.cell.join(",")}:${asks.card}` : "");
  // Readable, and still safe: these stand for themselves in a query.
  url.search = url.search.replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/").replaceAll("%5B", "[").replaceAll("%5D", "]");
  return url.href;
}

/** The step that the page's address names, or "". */
export function stepInAddress(page = location.href) {
  return new URL(page).searchParams.get("step") ?? "";
}

/**
 * Keep the page's address at the player's moment, without a new entry in the history.
 * @param {HTMLElement & {payload: Payload, stepName: string, asked: Asked|null}} player
 * @returns {() => void} stops it
 */
export function keepAddress(player) {
  let timer = 0;
  const page = location.pathname;
  // Meanwhile a person may have turned to another page or part: its address is not this player's.
  const mine = () => location.pathname === page && partInAddress() === (player.payload.source?.part ?? 0);
  const write = () => {
    clearTimeout(timer);
    // Browsers refuse too many changes in a short time; playing makes many.
    timer = setTimeout(() => {
      const address = addressOf(player.payload, player.stepName, player.asked);
      if (player.isConnected && mine() && address !== location.href) history.replaceState(history.state, "", address);
    }, 250);
  };
  for (const event of MOVES) player.addEventListener(event, write);
  return () => {
    clearTimeout(timer);
    for (const event of MOVES) player.removeEventListener(event, write);
  };
}

/** The index of the part that the page's address names. */
function partInAddress() {
  return Number(new URL(location.href).searchParams.get("part") ?? 1) - 1;
}

/** The open boxes; nothing where they are those that are open by themselves. */
function openInAddress(open, opens = []) {
  return sameValue(open, opens) ? "" : open.join(",") || "none";
}

function set(url, name, value) {
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
}
