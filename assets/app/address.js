// Keeps the page's address at the moment that is shown, so that it can be sent to somebody:
// ?part=2&values=a:2,w:[1,-0.5]&open=softmax&step=backward+s+w   (ui/address.py reads it)

/**
 * The text for changed values; names are sorted so that equal moments have equal addresses.
 * @param {Record<string, unknown>} values
 * @param {Record<string, unknown>} defaults values equal to these are left out
 * @returns {string}
 */
export function writeValues(values, defaults) {
  return Object.keys(values)
    .filter((name) => JSON.stringify(values[name]) !== JSON.stringify(defaults?.[name]))
    .sort()
    .map((name) => `${name}:${JSON.stringify(values[name])}`)
    .join(",");
}

/**
 * The address `href` with these parameters changed; an empty one is taken out.
 * @param {string} href
 * @param {Record<string, string>} changes
 * @returns {string}
 */
export function withParameters(href, changes) {
  const url = new URL(href);
  for (const [name, text] of Object.entries(changes)) {
    if (text) url.searchParams.set(name, text);
    else url.searchParams.delete(name);
  }
  // These may stand in a query as they are, and people read addresses.
  url.search = url.search.replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%5B", "[").replaceAll("%5D", "]");
  return url.href;
}

/**
 * Rewrites the page's address whenever the player inside `parent` steps or changes.
 * @param {HTMLElement} parent its property `gradwalk` holds the data that it shows
 */
export function followAddress(parent) {
  const write = (changes) => {
    if (!parent.gradwalk?.address) return;
    const href = withParameters(location.href, changes);
    if (href !== location.href) history.replaceState(history.state, "", href);
  };
  parent.addEventListener("gw-step", ({ detail }) => {
    write({ step: detail.index > 0 ? detail.name : "" });
  });
  parent.addEventListener("gw-change", ({ detail }) => {
    const graph = parent.gradwalk?.graph ?? parent.gradwalk;
    write({ values: writeValues(detail.values, graph?.defaults), open: [...detail.open].sort().join(",") });
  });
}
