// The countdown: time left until the kiosk acts by itself. A page shows it only near
// the end, a question from its beginning. The server says how much is left; its clock
// is not compared with ours.
import { afterDraw } from './signal.js';

const SHOWN_MS = 15000;
const TICK_MS = 200;

let endsAt = Infinity;

export function bindCountdown() {
  afterDraw.on(restart);
  restart();
  setInterval(show, TICK_MS);
}

function restart() {
  const left = Number(document.getElementById('screen').dataset.remainingMs);
  endsAt = left < 0 ? Infinity : performance.now() + left;
  show();
}

function show() {
  const left = Math.max(0, endsAt - performance.now());
  const near = left <= SHOWN_MS;
  for (const e of document.querySelectorAll('[data-countdown]')) e.classList.toggle('near', near);
  for (const e of document.querySelectorAll('[data-bar]')) {
    e.style.transform = 'scaleX(' + Math.min(1, left / SHOWN_MS).toFixed(3) + ')';
  }
  const asking = document.getElementById('asking') !== null;
  const seconds = near || asking ? String(Math.ceil(left / 1000)) : '';
  for (const e of document.querySelectorAll('[data-seconds]')) {
    if (e.textContent !== seconds) e.textContent = seconds;
  }
}
