/** Bring the player to a place that a lesson speaks of: its boxes open, and its step. */

/** @param {string[]} some @param {string[]} others each box once */
const sameBoxes = (some, others) => some.length === others.length && some.every((box) => others.includes(box));

/**
 * The boxes that the place needs are opened, and the `passing` ones closed; what the learner has opened besides
 * stays, unless it hides the step. One box may be looked into.
 * @param {import("./player.js").GradwalkPlayer} player
 * @param {{step: string, open: string[], focus: string}} place
 * @param {string[]} [passing] boxes that other places have opened
 */
export async function visit(player, { step, open, focus }, passing = []) {
  if (player.api === null) {
    player.goTo(step);
    return;
  }
  if (player.payload?.source?.scalars) await player.closeScalars(step);
  const now = player.payload?.open ?? [];
  const wanted = [...new Set([...now.filter((box) => !passing.includes(box)), ...open])];
  const elsewhere = focus !== (player.payload?.focus ?? "");
  if (elsewhere || !sameBoxes(wanted, now)) await player.see({ open: wanted, focus });
  if (!player.goTo(step) && (await player.see({ open, focus }))) player.goTo(step);
}
