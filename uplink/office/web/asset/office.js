// Keeps the parts of a page up to date: on each tick of the event stream the page
// is fetched again without its frame, and parts that differ are put in place.
(() => {
  "use strict";
  const main = document.querySelector("main[data-live]");
  if (!main || !document.querySelector("[data-part]")) return;
  const beat = document.getElementById("beat");
  const gap = 300;      // ms between two fetches
  const slow = 10000;   // ms after which the page is fetched without a tick
  let stream = null, running = false, again = false, fetched = Date.now();

  const sign = (up) => {
    beat.hidden = false;
    beat.classList.toggle("lost", !up);
    beat.lastElementChild.textContent = up ? beat.dataset.up : beat.dataset.lost;
  };

  // A part that a person is writing in is left alone.
  const busy = (part) => part.querySelector("details[open]") || part.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);

  const revs = (part) => {
    const map = new Map();
    part.querySelectorAll("[data-key]").forEach((row) => map.set(row.dataset.key, row.dataset.rev));
    return map;
  };

  const swap = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    const ids = new Set();
    next.querySelectorAll("[data-part]").forEach((fresh) => {
      ids.add(fresh.id);
      const old = document.getElementById(fresh.id);
      if (!old || busy(old) || old.innerHTML === fresh.innerHTML) return;
      const before = revs(old);
      fresh.querySelectorAll("[data-key]").forEach((row) => {
        if (before.get(row.dataset.key) !== row.dataset.rev) row.classList.add("fresh");
      });
      old.replaceWith(document.adoptNode(fresh));
    });
    const missing = [...next.querySelectorAll("[data-part]")].some((p) => p.id && !document.getElementById(p.id));
    const gone = [...document.querySelectorAll("[data-part]")].some((p) => !ids.has(p.id) && !busy(p));
    if (missing || gone) location.reload();
  };

  const refresh = async () => {
    if (running) { again = true; return; }
    running = true;
    again = false;
    try {
      const url = new URL(location.href);
      url.searchParams.set("live", "1");
      const answer = await fetch(url, { credentials: "same-origin", redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401) { location.reload(); return; }
      if (answer.ok) { swap(await answer.text()); fetched = Date.now(); }
    } catch { sign(false); }
    setTimeout(() => { running = false; if (again) refresh(); }, gap);
  };

  const listen = () => {
    if (stream) return;
    stream = new EventSource("/api/v1/events");
    stream.onopen = () => sign(true);
    stream.onerror = () => {
      sign(false);
      if (stream.readyState === EventSource.CLOSED) { stream = null; setTimeout(() => { if (!document.hidden) listen(); }, 5000); }
    };
    stream.addEventListener("tick", refresh);
  };

  // A hidden page gives its connection back.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { listen(); refresh(); return; }
    if (stream) { stream.close(); stream = null; }
  });
  setInterval(() => { if (!document.hidden && Date.now() - fetched > slow) refresh(); }, 1000);
  listen();
})();
