// Drawing: a fragment of the server is morphed into the page.
import { afterDraw } from './signal.js';

// A second tap right after a change of screen was meant for the screen before:
// for this long the page is "settling" and takes no touch.
const SETTLE_MS = 350;

let settled = 0;

const element = () => document.getElementById('screen');

// shown is the screen in front of the customer.
export function shown() {
  const e = element();
  return { rev: Number(e.dataset.rev), screen: e.dataset.screen };
}

// draw shows a fragment, unless it is older than what is shown. The first
// fragment of a connection is always shown: the kiosk may have restarted.
export function draw(html, first) {
  const next = new DOMParser().parseFromString(html, 'text/html').getElementById('screen');
  if (!next) return;
  const before = shown();
  if (!first && Number(next.dataset.rev) < before.rev) return;
  if (next.dataset.screen !== before.screen) settle();
  document.documentElement.lang = next.lang;
  window.Idiomorph.morph(element(), next, { morphStyle: 'outerHTML', restoreFocus: false });
  afterDraw.emit(shown());
}

function settle() {
  const page = document.documentElement.classList;
  page.add('settling');
  clearTimeout(settled);
  settled = setTimeout(() => page.remove('settling'), SETTLE_MS);
}
