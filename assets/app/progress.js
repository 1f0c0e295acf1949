// Remembers in this browser alone which lessons a person has walked to their end, and shows a check mark
// on their cards and in the list of pages. Streamlit redraws those, so the marks are a style, not elements.

const KEY = "gradwalk.progress";
const DONE = '"✓"';

/** @returns {{parts?: Record<string, number[]>, finished?: string[]}} what was walked to the end */
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // no storage, or not ours: then nothing is remembered
  }
}

function write(progress) {
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // A browser that keeps nothing still shows the lessons.
  }
}

/** Draws the check marks of all finished lessons. */
export function showProgress() {
  const finished = read().finished ?? [];
  let style = document.getElementById("gradwalk-progress");
  if (!style) {
    style = document.createElement("style");
    style.id = "gradwalk-progress";
    document.head.append(style);
  }
  style.textContent = finished
    .filter((slug) => /^[\w-]+$/.test(slug))
    .map(
      (slug) =>
        `.st-key-card-${slug} [data-testid="stPageLink"] a::after, ` +
        `[data-testid="stSidebarNavLink"][href$="/${slug}"]::after ` +
        `{ content: ${DONE}; content: ${DONE} / "finished"; margin-left: auto; opacity: .65; filter: grayscale(1) }`,
    )
    .join("\n");
}

/**
 * Remembers when the walk reaches its last stop.
 * @typedef {{slug: string, part: number, parts: number}} Progress the lesson, which of its parts this is, and how
 *   many it has
 * @param {any} player the <gradwalk-player>
 * @param {Progress} progress
 */
export function followProgress(player, { slug, part, parts }) {
  player.addEventListener("gw-walked", () => {
    const all = read();
    const walked = new Set(all.parts?.[slug]).add(part);
    const finished = new Set(all.finished);
    if (walked.size >= parts) finished.add(slug);
    write({ parts: { ...all.parts, [slug]: [...walked] }, finished: [...finished] });
    showProgress();
  });
}
