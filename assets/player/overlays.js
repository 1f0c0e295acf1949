/** What lies over the graph's edges takes its room from the view, so that no card opens underneath. */

const GAP = 4;
const MARGIN = 10; // where nothing lies

/**
 * Keep the view's insets as high as what lies there. Sizes are read where the browser has just laid them out.
 * @param {import("./view.js").View} view
 * @param {HTMLElement[]} above children, at any depth, of one bar at the graph's upper edge
 * @param {HTMLElement} below at the graph's lower edge
 */
export function keepClear(view, above, below) {
  const bar = above[0].closest(".gw-over");
  const measure = () => {
    if (!bar.offsetParent) return; // taken off the page
    const { top } = bar.getBoundingClientRect();
    const ends = above.filter((element) => element.offsetHeight > 0).map((element) => element.getBoundingClientRect().bottom - top);
    const lowest = Math.max(0, ...ends);
    const inset = { top: lowest ? lowest + GAP : MARGIN, bottom: below.offsetHeight ? below.offsetHeight : MARGIN };
    // Where these begin, what is seen of a graph ends that is too large for the window.
    bar.parentElement.style.setProperty("--gw-above", lowest ? `${inset.top}px` : "0px");
    bar.parentElement.style.setProperty("--gw-below", `${below.offsetHeight}px`);
    view.setInset(inset);
  };
  const observer = new ResizeObserver(measure);
  for (const element of [...above, below]) observer.observe(element);
}
