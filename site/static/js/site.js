// The theme switch. Everything else on the site works without JavaScript.
(() => {
  const root = document.documentElement;
  const button = document.querySelector("[data-theme-toggle]");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  if (!button) return;

  const current = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const describe = () => button.setAttribute("aria-pressed", String(current() === "dark"));

  button.setAttribute("aria-label", button.dataset.themeToggle);
  button.addEventListener("click", () => {
    const next = current() === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // Storage is off: the choice lasts for this page.
    }
    describe();
  });
  dark.addEventListener("change", describe);
  describe();
})();
