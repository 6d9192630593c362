// The keypad: the digits being typed, forgotten when its screen goes.
import { shown } from './draw.js';
import { afterDraw } from './signal.js';

const MAX_DIGITS = 12;
const COMPLETE = [10, 12];
const SCREEN = 'enter-account';

let typed = '';
let open = false;

// digits is what has been typed so far.
export function digits() { return typed; }

export function bindKeypad() {
  document.addEventListener('click', (e) => {
    const key = e.target.closest('[data-key]');
    if (key) press(key.dataset.key);
  });
  document.addEventListener('keydown', (e) => {
    if (!field()) return;
    const key = { Backspace: 'delete', Escape: 'clear' }[e.key] || e.key;
    if (/^([0-9]|delete|clear)$/.test(key)) { e.preventDefault(); press(key); }
  });
  afterDraw.on(refresh);
  refresh();
}

const field = () => document.querySelector('[data-entry]');

function press(key) {
  const f = field();
  if (!f || 'locked' in f.dataset) return;
  if (key === 'clear') typed = '';
  else if (key === 'delete') typed = typed.slice(0, -1);
  else if (typed.length < MAX_DIGITS) typed += key;
  show();
}

// refresh follows the screen: what the kiosk knows is taken over when the pad
// opens and while it is locked, everything is forgotten when it closes.
function refresh() {
  const f = shown().screen === SCREEN ? field() : null;
  if (!f) { typed = ''; open = false; return; }
  if (!open || 'locked' in f.dataset) { typed = f.dataset.entry; open = true; }
  show();
}

function show() {
  const f = field();
  const locked = 'locked' in f.dataset;
  f.querySelector('[data-digits]').textContent = typed.replace(/(\d{4})(?=\d)/g, '$1 ');
  f.querySelector('[data-blank]').hidden = typed !== '';
  f.classList.toggle('complete', COMPLETE.includes(typed.length));
  for (const key of document.querySelectorAll('[data-key]')) {
    const rubber = key.dataset.key === 'delete' || key.dataset.key === 'clear';
    key.disabled = locked || (rubber ? typed === '' : typed.length >= MAX_DIGITS);
  }
  const send = document.querySelector('[data-digits-as]');
  if (send) send.disabled = locked || !COMPLETE.includes(typed.length);
}
