// Touches: an element with data-intent sends that intent with the revision that
// is shown. One at a time, and none while a new screen settles.
import { draw, shown } from './draw.js';
import { entries } from './keypad.js';
import { afterKey } from './signal.js';

const ANSWER_MS = 8000;
const HERE_MS = 5000; // the kiosk is told no more often that somebody types

let busy = false;
let here = Promise.resolve(); // until what was last told of typing is answered
let told = -HERE_MS;

export function bindTouches({ onUnreachable }) {
  document.addEventListener('click', (e) => {
    const target = e.target.closest('[data-intent]');
    if (!target || target.disabled || busy || document.documentElement.classList.contains('settling')) return;
    busy = true;
    target.classList.add('pressed');
    touched(shown().screen, target.dataset.intent, argsOf(target))
      .catch(onUnreachable)
      .then(() => { busy = false; target.classList.remove('pressed'); });
  });
  afterKey.on(stillHere);
}

// touched sends a touch once the kiosk has answered what it was told of typing: that
// answer has another revision, and the touch would come too late. What was meant for a
// screen that went meanwhile is dropped.
async function touched(screen, name, args) {
  await here;
  if (shown().screen === screen) await send(shown().rev, name, args);
}

// stillHere tells the kiosk that somebody types, and nothing of what. That it could not
// be told is no trouble of the customer's: the next key tells it again.
function stillHere() {
  if (busy || performance.now() - told < HERE_MS) return;
  told = performance.now();
  here = send(shown().rev, 'still-here', {}).catch(() => {});
}

function argsOf(target) {
  const args = JSON.parse(target.dataset.args || '{}');
  if ('entries' in target.dataset) Object.assign(args, entries());
  return args;
}

// send posts an intent. Taken or stale, the answer is the screen as it is now;
// anything else leaves the screen to the event stream.
async function send(rev, name, args) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ANSWER_MS);
  try {
    const answer = await fetch('/intent', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'text/html' },
      body: JSON.stringify({ rev, name, args }),
      signal: limit.signal,
    });
    if (answer.status === 200 || answer.status === 409) draw(await answer.text(), false);
  } finally {
    clearTimeout(timer);
  }
}
