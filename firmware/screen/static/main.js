// The page of the kiosk. It shows what the server drew and hands touches back;
// it decides nothing. Only the digits being typed live here (keypad.js).
import { connect } from './link.js';
import { draw } from './draw.js';
import { bindTouches } from './touch.js';
import { bindKeypad } from './keypad.js';
import { bindCountdown } from './countdown.js';
import './lone.js';

const wait = document.getElementById('wait');

bindKeypad();
bindCountdown();
bindTouches({ onUnreachable: () => { wait.hidden = false; } });

connect({
  build: document.querySelector('meta[name=build]').content,
  onScreen: (html, first) => draw(html, first),
  onUp: () => { wait.hidden = true; document.documentElement.dataset.link = 'up'; },
  onDown: () => { wait.hidden = false; document.documentElement.dataset.link = 'down'; },
});

// A kiosk has no menu, no selection, no dragging and no zoom.
for (const name of ['contextmenu', 'dragstart', 'selectstart', 'gesturestart']) {
  document.addEventListener(name, (e) => e.preventDefault());
}
document.addEventListener('wheel', (e) => { if (e.ctrlKey) e.preventDefault(); }, { passive: false });
