// Touches: an element with data-intent sends that intent with the revision that
// is shown. One at a time, and none while a new screen settles.
import { draw, shown } from './draw.js';
import { entries } from './keypad.js';

const ANSWER_MS = 8000;

let busy = false;

export function bindTouches({ onUnreachable }) {
  document.addEventListener('click', (e) => {
    const target = e.target.closest('[data-intent]');
    if (!target || target.disabled || busy || document.documentElement.classList.contains('settling')) return;
    busy = true;
    target.classList.add('pressed');
    send(shown().rev, target.dataset.intent, argsOf(target))
      .catch(onUnreachable)
      .then(() => { busy = false; target.classList.remove('pressed'); });
  });
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
