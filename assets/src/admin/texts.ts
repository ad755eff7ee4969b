// Every English text of the script that all pages of the admin have.

export const t = {
  commandBar: "Go to a page or a place",
  nothingFound: "Nothing found.",
  places: "Places",
  pages: "Pages",
  shortcuts: "Keyboard shortcuts",
  close: "Close",
  cancel: "Cancel",
  goOn: "Go on",
  selected: (count: number) => `${count} selected`,
  selectAll: "Select all rows",
  moveFailed: "The row could not be moved. Please load the page again.",
  keys: [
    ["Mod+K", "Go to a page or a place"],
    ["/", "Search"],
    ["?", "This list"],
    ["Esc", "Close what is open"],
  ],
  editorKeys: [
    ["Mod+S", "Save the draft"],
    ["Mod+P", "Show or hide the preview"],
    ["]", "Show or hide the outline"],
    ["Alt+↑  Alt+↓", "Move the block up or down"],
    ["/", "In an empty line of text: insert"],
    ["Mod+K", "In text: link"],
    ["Mod+B  Mod+I", "Bold, italic"],
    ["Mod+J  Mod+Shift+X", "Code, struck through"],
    ["Mod+.  Mod+,", "Superscript, subscript"],
  ],
};
