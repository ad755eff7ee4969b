// What is said about what the checks find, in the editor and on the site, by name; the words are Fluent messages.

import english from "../../texts/en/checks.ftl";
import { sayFrom } from "../core/say";

const say = sayFrom(english);

export const found = {
  nothing: say("checks-nothing"),
  show: say("checks-show"),
  rules: {
    "alt-text-quality": say("checks-rules-alt-text-quality"),
    "button-name": say("checks-rules-button-name"),
    "empty-heading": say("checks-rules-empty-heading"),
    "empty-meta-description": say("checks-rules-empty-meta-description"),
    "empty-table-header": say("checks-rules-empty-table-header"),
    "frame-title": say("checks-rules-frame-title"),
    "heading-order": say("checks-rules-heading-order"),
    "image-alt": say("checks-rules-image-alt"),
    "input-button-name": say("checks-rules-input-button-name"),
    "link-name": say("checks-rules-link-name"),
    "p-as-heading": say("checks-rules-p-as-heading"),
  } as Record<string, string>,
};
