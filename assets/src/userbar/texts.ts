// Every English text of the bar on the site.

export const t = {
  knob: "Edit",
  open: "For editors of this page",
  live: "Live",
  liveAndDraft: "Live, with changes that are not published",
  notLive: "Not live",
  check: "Check this page",
  checking: "Checking…",
  cannotCheck: "The checks could not be loaded.",
  hide: "Hide until the next page",
};
