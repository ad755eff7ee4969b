// What the script that all pages of the editor have says, by name; the words are Fluent messages.

import english from "../../texts/en/lists.ftl";
import { sayFrom } from "../core/say";

const say = sayFrom(english);

export const t = {
  commandBar: say("lists-command-bar"),
  kinds: { page: say("lists-kinds-page"), image: say("lists-kinds-image"), document: say("lists-kinds-document"), snippet: say("lists-kinds-snippet"), user: say("lists-kinds-user"), setting: say("lists-kinds-setting"), redirect: say("lists-kinds-redirect"), tag: say("lists-kinds-tag"), collection: say("lists-kinds-collection"), group: say("lists-kinds-group"), site: say("lists-kinds-site"), action: say("lists-kinds-action") } as Record<string, string>,
  moreOf: (kind: string) => say("lists-more-of", { kind }),
  searchAll: (text: string) => say("lists-search-all", { text }),
  nothingFound: say("lists-nothing-found"),
  places: say("lists-places"),
  pages: say("lists-pages"),
  shortcuts: say("lists-shortcuts"),
  close: say("lists-close"),
  cancel: say("lists-cancel"),
  goOn: say("lists-go-on"),
  selected: (count: number) => say("lists-selected", { count }),
  selectAll: say("lists-select-all"),
  choosePage: say("lists-choose-page"),
  clear: say("lists-clear"),
  noPage: say("lists-no-page"),
  pageNumber: (id: number) => say("lists-page-number", { id }),
  searchPages: say("lists-search-pages"),
  below: say("lists-below"),
  pagesBelow: (title: string) => say("lists-pages-below", { title }),
  up: say("lists-up"),
  more: say("lists-more"),
  cannotLoad: say("lists-cannot-load"),
  focalKeys: say("lists-focal-keys"),
  focalAt: (x: number, y: number) => say("lists-focal-at", { x, y }),
  focalNone: say("lists-focal-none"),
  notReached: say("lists-not-reached"),
  notAdded: say("lists-not-added"),
  added: say("lists-added"),
  tooLarge: say("lists-too-large"),
  showNew: say("lists-show-new"),
  moveFailed: say("lists-move-failed"),
  keys: [
    ["Mod+K", say("lists-keys-find-anything-go-anywhere")],
    ["/", say("lists-keys-search")],
    ["?", say("lists-keys-this-list")],
    ["Esc", say("lists-keys-close-what-is-open")],
  ],
  editorKeys: [
    ["Mod+S", say("lists-editor-keys-save-the-draft")],
    ["Mod+P", say("lists-editor-keys-preview")],
    ["]", say("lists-editor-keys-outline")],
    ["[", say("lists-editor-keys-side")],
    ["Alt+↑  Alt+↓", say("lists-editor-keys-move-the-block-up")],
    ["/", say("lists-editor-keys-in-an-empty-line")],
    ["Mod+K", say("lists-editor-keys-in-text-link")],
    ["Mod+B  Mod+I", say("lists-editor-keys-bold-italic")],
    ["Mod+J  Mod+Shift+X", say("lists-editor-keys-code-struck-through")],
    ["Mod+.  Mod+,", say("lists-editor-keys-superscript-subscript")],
  ],
};
