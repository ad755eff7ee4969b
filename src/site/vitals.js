// How fast the page was for this visitor: one small message when it is left. No cookie, no name.
// The measures are those of web.dev: LCP, INP, CLS, FCP, TTFB; in seconds, but for CLS.
(() => {
  const { pageType: type, page } = document.currentScript.dataset;
  if (navigator.doNotTrack === "1" || navigator.globalPrivacyControl || !navigator.sendBeacon || document.prerendering) return;
  const found = {}, slow = new Map();
  let shift = 0, first = 0, last = 0, shifts = 0, sent = false;
  const watch = (kind, each, more) => {
    try {
      new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type: kind, buffered: true, ...more });
    } catch {
      // This browser does not measure it.
    }
  };
  const hidden = () => document.visibilityState === "hidden";
  if (hidden()) return;
  watch("paint", (entry) => { if (entry.name === "first-contentful-paint") found.fcp = entry.startTime / 1000; });
  watch("largest-contentful-paint", (entry) => { found.lcp = entry.startTime / 1000; });
  // The worst run of shifts: at most five seconds long, with less than one second between two of them.
  watch("layout-shift", (entry) => {
    if (entry.hadRecentInput) return;
    const goes_on = shifts && entry.startTime - last < 1000 && entry.startTime - first < 5000;
    shifts = goes_on ? shifts + entry.value : entry.value;
    if (!goes_on) first = entry.startTime;
    last = entry.startTime;
    shift = Math.max(shift, shifts);
  });
  // The slowest interaction; of many, one in fifty is left out.
  const interaction = (entry) => {
    if (entry.interactionId) slow.set(entry.interactionId, Math.max(slow.get(entry.interactionId) || 0, entry.duration));
    if (slow.size > 500) slow.delete([...slow].reduce((a, b) => (a[1] < b[1] ? a : b))[0]);
  };
  watch("event", interaction, { durationThreshold: 40 });
  watch("first-input", interaction);
  const send = () => {
    if (sent) return;
    sent = true;
    const navigation = performance.getEntriesByType("navigation")[0];
    if (navigation) found.ttfb = Math.max(0, navigation.responseStart - (navigation.activationStart || 0)) / 1000;
    const times = [...slow.values()].sort((a, b) => b - a);
    if (times.length) found.inp = times[Math.min(times.length - 1, Math.floor(times.length / 50))] / 1000;
    if (PerformanceObserver.supportedEntryTypes.includes("layout-shift")) found.cls = shift;
    found.page_type = type;
    if (page) found.page = Number(page);
    found.device = matchMedia("(max-width: 48rem)").matches ? "mobile" : "desktop";
    navigator.sendBeacon("/-/vitals", JSON.stringify(found));
  };
  addEventListener("visibilitychange", () => hidden() && send());
  addEventListener("pagehide", send);
})();
