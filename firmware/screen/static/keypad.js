// The keypad: the digits being typed into the fields of a screen, forgotten when the
// screen goes.
//
// A field is an element with data-entry (what the kiosk knows of it) and data-name;
// data-lengths says how many digits make it complete. data-secret shows dots,
// data-grouped groups of four. data-amount is a sum in yuan, complete from data-least to
// data-most fen, in multiples of data-step where it has one; the data-wrong of the rule that
// it breaks is shown in place of data-help. data-locked takes no digit while the kiosk checks;
// what has data-brief is good for one check only. Where several type one after the other,
// data-turn around the fields says whose turn it is: the next one finds them empty.
import { shown } from './draw.js';
import { afterDraw, afterKey } from './signal.js';

let typed = {};     // by name of the field
let active = '';    // name of the field that is typed into
let place = '';     // whose fields these are: the screen, and the turn
let locked = false;

// entries is what has been typed so far, by field.
export function entries() { return Object.assign({}, typed); }

export function bindKeypad() {
  document.addEventListener('click', (e) => {
    const key = e.target.closest('[data-key]');
    const field = e.target.closest('[data-entry]');
    if (key) press(key.dataset.key);
    else if (field) { active = field.dataset.name; show(); }
  });
  document.addEventListener('keydown', (e) => {
    if (!fields().length) return;
    const key = { Backspace: 'delete', Escape: 'clear', Tab: 'next' }[e.key] || e.key;
    if (/^([0-9.]|delete|clear|next)$/.test(key)) { e.preventDefault(); press(key); }
  });
  afterDraw.on(refresh);
  refresh();
}

const fields = () => Array.from(document.querySelectorAll('[data-entry]'));
const lengths = (f) => f.dataset.lengths.split(' ').map(Number);
const most = (f) => Math.max.apply(null, lengths(f));
const text = (f) => typed[f.dataset.name];
const complete = (f) => ('amount' in f.dataset ? payable(f) : lengths(f).includes(text(f).length));
const payable = (f) => {
  const fen = Math.round(Number(text(f)) * 100);
  return text(f) !== '' && fen >= Number(f.dataset.least) && fen <= Number(f.dataset.most)
    && fen % Number(f.dataset.step || 1) === 0;
};
// wrong is the rule that an amount breaks: least, most or step; empty for none, and while
// nothing is typed.
const wrong = (f) => {
  if (!('amount' in f.dataset) || text(f) === '' || payable(f)) return '';
  const fen = Math.round(Number(text(f)) * 100);
  if (fen < Number(f.dataset.least)) return 'least';
  return fen > Number(f.dataset.most) ? 'most' : 'step';
};
// takes reports whether a key may follow what stands in the field.
const takes = (f, key) => ('amount' in f.dataset
  ? /^(0|[1-9]\d{0,4})(\.\d{0,2})?$/.test(text(f) + key)
  : key !== '.' && text(f).length < most(f));

function press(key) {
  const all = fields();
  const f = all.find((f) => f.dataset.name === active);
  if (!f || locked) return;
  if (key === 'next') follow(all, f);
  else if (key === 'clear') typed[active] = '';
  else if (key === 'delete') typed[active] = text(f).slice(0, -1);
  else if (takes(f, key)) {
    typed[active] += key;
    if (!('amount' in f.dataset) && text(f).length === most(f) && f !== all[all.length - 1]) follow(all, f);
  }
  show();
  afterKey.emit();
}

// follow goes on to the next field.
function follow(all, f) {
  active = all[(all.indexOf(f) + 1) % all.length].dataset.name;
}

// refresh follows the screen: what the kiosk knows is taken over when the pad opens
// and while it is locked, what is good for one check is forgotten after it, and
// everything is when the pad closes.
function refresh() {
  const all = fields();
  const checked = locked && !all.some((f) => 'locked' in f.dataset);
  locked = all.some((f) => 'locked' in f.dataset);
  if (!all.length) { typed = {}; active = ''; place = ''; return; }
  const turn = all[0].closest('[data-turn]');
  const here = shown().screen + ' ' + (turn ? turn.dataset.turn : '');
  const fresh = place !== here;
  if (fresh) { typed = {}; place = here; active = all[0].dataset.name; }
  for (const f of all) {
    const name = f.dataset.name;
    if (fresh || (locked && f.dataset.entry)) typed[name] = f.dataset.entry;
    if (checked && 'brief' in f.dataset) typed[name] = '';
  }
  if (checked && !fresh) active = (all.find((f) => !complete(f)) || all[0]).dataset.name;
  show();
}

function show() {
  const all = fields();
  for (const f of all) {
    f.querySelector('[data-digits]').textContent = written(f);
    f.querySelector('[data-blank]').hidden = text(f) !== '';
    f.classList.toggle('complete', complete(f));
    f.classList.toggle('active', all.length > 1 && !locked && f.dataset.name === active);
  }
  const f = all.find((f) => f.dataset.name === active);
  for (const key of document.querySelectorAll('[data-key]')) {
    const rubber = key.dataset.key === 'delete' || key.dataset.key === 'clear';
    key.disabled = locked || (key.dataset.key !== 'next' && (rubber ? text(f) === '' : !takes(f, key.dataset.key)));
  }
  const broken = f ? wrong(f) : '';
  for (const e of document.querySelectorAll('[data-wrong]')) e.hidden = e.dataset.wrong !== broken;
  for (const e of document.querySelectorAll('[data-help]')) e.hidden = broken !== '';
  const send = document.querySelector('[data-entries]');
  if (send) send.disabled = locked || 'off' in send.dataset || !all.every(complete);
}

function written(f) {
  if ('secret' in f.dataset) return '●'.repeat(text(f).length);
  return 'grouped' in f.dataset ? text(f).replace(/(\d{4})(?=\d)/g, '$1 ') : text(f);
}
