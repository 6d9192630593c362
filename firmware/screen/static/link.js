// The link to the kiosk: an event stream that is opened again whenever it ends
// or falls silent.
const SILENCE_MS = 15000; // three heartbeats
const GRACE_MS = 800;     // before the customer is asked to wait
const RETRY_MS = 1000;

export function connect({ build, onScreen, onUp, onDown }) {
  let source = null;
  let first = true;
  let silence = 0;
  let grace = 0;
  let retry = 0;

  function heard() {
    clearTimeout(silence);
    clearTimeout(grace);
    grace = 0;
    silence = setTimeout(lost, SILENCE_MS);
  }

  function open() {
    first = true;
    source = new EventSource('/events');
    silence = setTimeout(lost, SILENCE_MS);
    source.addEventListener('hello', (e) => {
      if (JSON.parse(e.data).build !== build) location.reload();
    });
    source.addEventListener('screen', (e) => {
      heard();
      onScreen(JSON.parse(e.data).html, first);
      first = false;
      onUp();
    });
    source.addEventListener('beat', () => { heard(); onUp(); });
    source.onerror = lost;
  }

  function lost() {
    clearTimeout(silence);
    clearTimeout(retry);
    if (source) source.close();
    source = null;
    if (!grace) grace = setTimeout(onDown, GRACE_MS);
    retry = setTimeout(open, RETRY_MS);
  }

  open();
}
