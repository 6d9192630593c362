// A last line of one or two characters (a lone one, 孤字) reads as if something were cut
// off. Where a text ends so, its last characters are joined, so that more of them go down
// to that line. The kiosk's browsers do not all know text-wrap.
import { afterDraw } from './signal.js';

const JOINER = '\u2060';
const LEAST = 3;   // characters of a last line
const JOINED = 4;  // at the end of a text whose last line has fewer
const LONG = 8;    // shorter texts are left alone

const HAN = /[\u3400-\u9fff]/;

// lastLine is how many characters of a text node stand on its last line, and whether it
// has more than one.
function lastLine(node) {
  const range = document.createRange();
  const top = (i) => { range.setStart(node, i); range.setEnd(node, i + 1); const r = range.getBoundingClientRect(); return r.width || r.height ? r.top : null; };
  let end = node.data.length - 1;
  while (end > 0 && top(end) === null) end--;
  const bottom = top(end);
  let n = 1;
  while (end - n >= 0 && Math.abs(top(end - n) - bottom) < 4) n++;
  return { n, several: end - n >= 0 };
}

function join(node) {
  const text = node.data.trimEnd();
  if (text.length < LONG || !HAN.test(text) || text.includes(JOINER)) return;
  const last = lastLine(node);
  if (!last.several || last.n >= LEAST) return;
  node.data = text.slice(0, -JOINED) + [...text.slice(-JOINED).replace(/ /g, '\u00a0')].join(JOINER);
}

export function joinLone() {
  const walk = document.createTreeWalker(document.getElementById('screen'), NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walk.nextNode()) nodes.push(walk.currentNode);
  nodes.forEach(join);
}

afterDraw.on(joinLone);
addEventListener('resize', joinLone);
