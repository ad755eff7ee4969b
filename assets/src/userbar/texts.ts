// What the bar on the site says, by name; the words are Fluent messages.

import english from "../../texts/en/userbar.ftl";
import { sayFrom } from "../core/say";

const say = sayFrom(english);

export const t = {
  knob: say("userbar-knob"),
  open: say("userbar-open"),
  live: say("userbar-live"),
  liveAndDraft: say("userbar-live-and-draft"),
  notLive: say("userbar-not-live"),
  check: say("userbar-check"),
  checking: say("userbar-checking"),
  cannotCheck: say("userbar-cannot-check"),
  hide: say("userbar-hide"),
};
