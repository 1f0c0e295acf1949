/** The small buttons over the graph. `fold`: the words of the one that folds what stands apart; none: there is nothing. */

import { button, h, setText } from "./dom.js";

/**
 * @param {Record<"zoomIn"|"zoomOut"|"fit"|"present"|"copy"|"reset"|"openLevel"|"fold"|"closeAll", () => void>} actions
 * @returns {{element: HTMLElement, fold: HTMLButtonElement, show: (what: {more: boolean, opened: boolean, fold: string, changed: boolean, online: boolean}) => void, say: (text: string) => void}}
 */
export function toolbar(actions) {
  const make = (name, icon, onclick, words) => {
    const element = button({ name, icon, words, class: "gw-quiet", onclick });
    element.title = name; // its words are left out where there is little room
    return element;
  };
  const openLevel = make("Open one level", "unfold", actions.openLevel, "Open one level");
  const fold = make("Fold", "pile", actions.fold, "Fold");
  const closeAll = make("Close all", "fold", actions.closeAll, "Close all");
  const reset = make("Reset values", "reset", actions.reset, "Reset values");
  const said = h("span", { class: "gw-said", "aria-live": "polite" });
  const element = h(
    "div",
    { class: "gw-toolbar", role: "group", "aria-label": "View" },
    said,
    reset,
    openLevel,
    fold,
    closeAll,
    make("Zoom out", "minus", actions.zoomOut),
    make("Zoom in", "plus", actions.zoomIn),
    make("Fit", "fit", actions.fit),
    make("Copy link", "link", actions.copy),
    make("Present", "present", actions.present),
  );
  let timer = 0;
  return {
    element,
    fold,
    show({ more, opened, fold: words, changed, online }) {
      fold.hidden = !(online && words);
      fold.setAttribute("aria-label", words);
      fold.title = words;
      setText(fold.lastChild, words);
      openLevel.hidden = !(online && more);
      closeAll.hidden = !(online && opened);
      reset.hidden = !(online && changed);
    },
    say(text) {
      said.textContent = text;
      clearTimeout(timer);
      timer = setTimeout(() => (said.textContent = ""), 2400);
    },
  };
}
