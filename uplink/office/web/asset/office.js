// Keeps an open page up to date: at a tick of the event stream the page is fetched again
// without its frame, of its parts only those that changed, and is morphed into what is
// shown. So selection, focus, scroll, open details and what is being written stay. Times
// gone by are counted here. A hidden page fetches nothing.
(() => {
  "use strict";
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const beat = document.getElementById("beat");
  const GAP = 2000;     // ms at least between two fetches
  const SLOW = 30000;   // ms after which the page is fetched without a tick
  let stream = null, timer = 0, running = false, again = false, began = 0;

  // How long ago, by head office's clock.
  const [justNow, ago, seconds, minutes, hours, days] = live.dataset.ago.split("|");
  const ahead = Number(live.dataset.now) - Date.now();
  const lasted = (ms) => {
    const s = Math.floor(ms / 1000), h = Math.floor(s / 3600);
    if (s < 60) return seconds.replace("%d", s);
    if (s < 3600) return minutes.replace("%d", Math.floor(s / 60));
    return h < 48 ? hours.replace("%d", h) : days.replace("%d", Math.floor(h / 24));
  };
  const count = () => document.querySelectorAll("time[data-ago]").forEach((e) => {
    const ms = Date.now() + ahead - Number(e.dataset.ago);
    const text = ms < 10000 ? justNow : ago.replace("%s", lasted(ms));
    if (e.textContent !== text) e.textContent = text;
  });
  setInterval(() => { if (!document.hidden) count(); }, 5000);

  const sign = (up) => {
    beat.hidden = false;
    beat.classList.toggle("lost", !up);
    beat.lastElementChild.textContent = up ? beat.dataset.up : beat.dataset.lost;
  };

  // Rows are found again by their ids, wherever they stand.
  const name = (root) => root.querySelectorAll("[data-part]").forEach((part) =>
    part.querySelectorAll("[data-key]").forEach((row) => { if (!row.id) row.id = part.id + "-" + row.dataset.key; }));

  const revs = () => new Map([...live.querySelectorAll("[data-key]")].map((row) => [row.id, row.dataset.rev]));

  // A form that a person is writing in is left alone.
  const written = (e) => e.type === "checkbox" || e.type === "radio" ? e.checked !== e.defaultChecked
    : e.tagName === "SELECT" ? [...e.options].some((o) => o.selected !== o.defaultSelected && (o.defaultSelected || o.index > 0))
    : e.value !== e.defaultValue;
  const busy = (form) => form.contains(document.activeElement)
    || [...form.elements].some((e) => /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName) && e.type !== "hidden" && written(e));
  const keeps = (node) => node instanceof Element && (node.matches("form") ? busy(node) : [...node.querySelectorAll("form")].some(busy));

  const callbacks = {
    beforeNodeMorphed: (old, next) => {
      if (!(old instanceof Element) || !(next instanceof Element)) return true;
      if ("same" in next.dataset) return false;
      if (old.matches("form") && busy(old)) return false;
      return !(old.dataset.ago && old.dataset.ago === next.dataset.ago);
    },
    beforeNodeRemoved: (node) => !keeps(node),
    beforeAttributeUpdated: (attribute, node) => !(attribute === "open" && node.tagName === "DETAILS"),
  };

  const put = (html) => {
    const next = document.createElement("div");
    next.append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    name(live);
    name(next);
    const before = revs();
    next.querySelectorAll("[data-key]").forEach((row) => {
      if (before.get(row.id) !== row.dataset.rev) row.classList.add("fresh");
    });
    window.Idiomorph.morph(live, next.childNodes, { morphStyle: "innerHTML", ignoreActiveValue: true, restoreFocus: false, callbacks });
    count();
  };

  const had = () => [...live.querySelectorAll("[data-part]")].map((p) => p.id + "=" + p.dataset.part).join(" ");

  const refresh = async () => {
    timer = 0;
    if (document.hidden) return;
    running = true;
    again = false;
    began = Date.now();
    try {
      const url = new URL(location.href);
      url.searchParams.set("live", "1");
      const answer = await fetch(url, { credentials: "same-origin", redirect: "manual", headers: { "X-Parts": had() } });
      if (answer.type === "opaqueredirect" || answer.status === 401) { location.reload(); return; }
      if (answer.ok && !document.hidden) put(await answer.text());
    } catch { sign(false); }
    running = false;
    if (again) want();
  };

  // want has the page fetched, once the gap is over.
  const want = () => {
    if (running) { again = true; return; }
    if (timer || document.hidden) return;
    timer = setTimeout(refresh, Math.max(0, began + GAP - Date.now()));
  };

  const listen = () => {
    if (stream) return;
    stream = new EventSource("/api/v1/events");
    stream.onopen = () => sign(true);
    stream.onerror = () => {
      sign(false);
      if (stream.readyState === EventSource.CLOSED) { stream = null; setTimeout(() => { if (!document.hidden) listen(); }, 5000); }
    };
    stream.addEventListener("tick", want);
  };

  // A hidden page gives its connection back.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { listen(); count(); want(); return; }
    if (stream) { stream.close(); stream = null; }
    clearTimeout(timer);
    timer = 0;
    again = false;
  });

  // On a narrow page the tab of this page is brought into sight.
  const tab = document.querySelector(".top nav [aria-current]"), nav = tab && tab.parentElement;
  if (tab && tab.offsetLeft + tab.offsetWidth > nav.offsetLeft + nav.clientWidth) nav.scrollLeft = tab.offsetLeft - nav.offsetLeft - 16;

  if (!live.querySelector("[data-part]")) return;
  setInterval(() => { if (!document.hidden && Date.now() - began > SLOW) want(); }, 1000);
  listen();
})();
