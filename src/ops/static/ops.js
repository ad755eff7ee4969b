// The live part of /ops: charts from /ops/history, then one event a second from /ops/live. Nothing else is asked.
(() => {
  'use strict';
  const AT = 0, RATE = 1, ERRORS = 2, P50 = 3, P95 = 4, HITS = 5, QUERIES = 6, DB = 7, POOL = 8, MEMORY = 9, LAG = 10;
  const MOST = { '1s': 900, '1m': 1440 };
  const choose = document.getElementById('choose');
  const charts = document.getElementById('charts');
  const link = document.getElementById('link');
  choose.hidden = charts.hidden = false;

  const short = value => value == null ? '–' : value === 0 ? '0' : value < 10 ? value.toFixed(1) : Math.round(value).toString();
  const time = value => value == null ? '–' : value < 1e-3 ? Math.round(value * 1e6) + ' µs'
    : value < 0.1 ? (value * 1e3).toFixed(1) + ' ms' : value < 1 ? Math.round(value * 1e3) + ' ms' : value.toFixed(2) + ' s';
  const percent = value => value == null ? '–' : (value * 100).toFixed(value > 0.99 && value < 1 ? 1 : 0) + ' %';
  const megabytes = value => value == null ? '–' : Math.round(value / 1e6) + ' MB';

  const CHARTS = [
    { id: 'requests', format: short, lines: [[RATE, 'all', '--blue', true], [ERRORS, 'failed', '--red', true]] },
    { id: 'latency', format: time, lines: [[P95, 'p95', '--orange'], [P50, 'p50', '--blue']] },
    { id: 'cache', format: percent, range: [0, 1], lines: [[HITS, 'from cache', '--green', true]] },
    { id: 'database', format: short, lines: [[QUERIES, 'queries/s', '--blue', true], [POOL, 'connections', '--orange']] },
    { id: 'memory', format: megabytes, lines: [[MEMORY, 'resident', '--violet', true]] },
    { id: 'lag', format: time, lines: [[LAG, 'p95', '--orange', true]] },
  ];

  let columns = Array.from({ length: 12 }, () => []);
  let plots = [];
  let asked = 0;
  const step = () => new FormData(choose).get('step');
  const route = () => choose.elements.route.value;
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function draw() {
    plots.forEach(plot => plot.u.destroy());
    const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: '11px system-ui' };
    plots = CHARTS.map(chart => {
      const place = document.getElementById('chart-' + chart.id);
      const u = new uPlot({
        width: Math.max(place.clientWidth, 200), height: 150, padding: [8, 6, 0, 0],
        cursor: { y: false, points: { size: 5 }, sync: { key: 'ops' } },
        legend: { live: true },
        scales: { y: { range: (_, low, high) => chart.range || [0, high > 0 ? high * 1.15 : 1] } },
        axes: [
          { ...axis, space: 70, size: 28, gap: 6, values: [[3600, '{HH}:{mm}'], [60, '{HH}:{mm}'], [1, '{HH}:{mm}:{ss}']].map(row => [row[0], row[1], null, null, null, null, null, null, 1]) },
          { ...axis, size: 58, space: 34, values: (_, values) => values.map(chart.format) },
        ],
        series: [
          { value: (_, value) => value == null ? '' : new Date(value * 1000).toLocaleTimeString([], { hour12: false }), label: 'at' },
          ...chart.lines.map(([, label, name, filled]) => ({
            label, stroke: colour(name), width: 1.5, fill: filled ? colour(name) + '22' : undefined, points: { show: false },
            value: (_, value) => chart.format(value),
          })),
        ],
      }, pick(chart), place);
      return { chart, place, u };
    });
  }

  const pick = chart => [columns[AT], ...chart.lines.map(([column]) => columns[column])];
  // Without a cursor the legend shows the last values.
  const show = () => plots.forEach(({ chart, u }) => {
    u.setData(pick(chart));
    if (u.cursor.idx == null) u.setLegend({ idx: Math.max(0, columns[AT].length - 1) });
  });

  async function load() {
    const mine = ++asked;
    try {
      const answer = await fetch('/ops/history?step=' + step() + '&route=' + encodeURIComponent(route()));
      const history = await answer.json();
      if (mine !== asked) return;
      columns = columns.map((_, at) => history.columns[at] || []);
      show();
    } catch { /* The live events say that the server is away. */ }
  }

  function take(event) {
    const { point, routes, sections } = JSON.parse(event.data);
    for (const [id, html] of Object.entries(sections)) {
      const place = document.querySelector('[data-section="' + id + '"]');
      const used = place && (place.contains(document.activeElement) || holdsSelection(place));
      if (place && !used && place.dataset.was !== html) {
        const left = place.querySelector('.scroll')?.scrollLeft || 0;
        place.innerHTML = html;
        place.dataset.was = html;
        if (left) place.querySelector('.scroll').scrollLeft = left;
        reachable(place);
      }
    }
    if (!point || step() !== '1s' || point[AT] <= (columns[AT].at(-1) || 0)) return;
    const red = route() ? routes[route()] || [0, 0, null, null] : point.slice(RATE, P95 + 1);
    [point[AT], ...red, ...point.slice(HITS)].forEach((value, at) => columns[at].push(value));
    if (columns[AT].length > MOST['1s']) columns.forEach(column => column.shift());
    show();
  }

  const holdsSelection = place => {
    const selection = getSelection();
    return !selection.isCollapsed && place.contains(selection.anchorNode);
  };

  // What scrolls can be scrolled with the keyboard.
  function reachable(within) {
    for (const box of within.querySelectorAll('.scroll')) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; else box.removeAttribute('tabindex');
    }
  }

  choose.addEventListener('change', load);
  choose.addEventListener('submit', event => event.preventDefault());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  new ResizeObserver(() => {
    plots.forEach(({ place, u }) => { if (Math.abs(u.width - place.clientWidth) > 4) u.setSize({ width: place.clientWidth, height: 150 }); });
    reachable(document);
  }).observe(charts);

  draw();
  load();
  setInterval(() => { if (step() === '1m') load(); }, 60000);
  const events = new EventSource('/ops/live');
  events.onopen = () => { link.value = 'live'; link.className = 'good'; };
  events.onerror = () => { link.value = 'no connection: the numbers are old'; link.className = 'bad'; };
  events.onmessage = take;
})();
