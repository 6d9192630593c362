// The lab bench: what it shows is GET /api/state, what it does is one call a touch.
const $ = (id) => document.getElementById(id);
const POLL_MS = 400;
const LEDGER_ROWS = 12;
const SLIPS_SHOWN = 12;

let state = null;
let shownPID = 0;
let slipsKey = "";
let ledgerKey = "";
let paidKey = "";
let bankKey = "";
let soldKey = "";
let metersKey = "";

// zh has the page's words in Chinese; empty where it is in English. A key has {} where
// something stands that is put in.
let zh = {};

// tr is a string, or a template, in the language of the page.
function tr(words, ...values) {
  if (typeof words === "string") return zh[words] || words;
  const key = words.join("{}");
  return (zh[key] || key).replace(/\{\}/g, () => values.shift());
}

// translate puts the words of the page itself into Chinese.
function translate() {
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const node = nodes.currentNode, words = node.data.replace(/\s+/g, " ").trim();
    if (zh[words]) node.data = node.data.replace(/\S[^]*\S|\S/, zh[words]);
  }
  for (const e of document.querySelectorAll("[title], [aria-label]")) {
    for (const name of ["title", "aria-label"]) if (zh[e.getAttribute(name)]) e.setAttribute(name, zh[e.getAttribute(name)]);
  }
}

// speak has the page in the language that was chosen last.
async function speak() {
  const chinese = localStorage.getItem("lang") === "zh";
  $("language").addEventListener("click", () => {
    localStorage.setItem("lang", chinese ? "en" : "zh");
    location.reload();
  });
  if (!chinese) return;
  zh = await get("/static/zh.json");
  document.documentElement.lang = "zh-CN";
  document.title = tr("Wattkiosk lab bench");
  translate();
  text("language", "English");
}

const yuan = (fen) => (fen / 100).toFixed(2);

// when is a time of the business's zone: date and time.
function when(time) {
  return new Date(time).toLocaleString("sv-SE", {timeZone: state.places.zone}).split(" ");
}

async function get(path) {
  const r = await fetch(path);
  if (!r.ok) throw new Error(path + ": " + r.status);
  return r.json();
}

async function post(path, body) {
  const r = await fetch(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
  const v = await r.json().catch(() => ({}));
  if (!r.ok) throw new Error(v.error ? v.error.message : tr("the lab does not answer"));
  return v;
}

// say puts what came of a touch into the line beside it.
function say(text, bad, where = "said") {
  $(where).textContent = text || "\u00a0";
  $(where).classList.toggle("bad", !!bad);
}

async function act(path, body, words, where) {
  try {
    await post(path, body);
    if (words) say(words, false, where);
  } catch (e) {
    say(e.message, true, where);
  }
  await refresh();
}

function text(id, v) {
  if ($(id).textContent !== v) $(id).textContent = v;
}

function lamp(id, kind, words) {
  $(id).className = kind;
  text(id, words);
}

function element(tag, props, ...children) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children);
  return e;
}

// ---- the kiosk ----

function fit() {
  const glass = $("glass");
  const s = Math.min(glass.clientWidth / 1080, glass.clientHeight / 1920);
  const f = $("screen");
  f.style.transform = `translate(${(glass.clientWidth - 1080 * s) / 2}px, ${(glass.clientHeight - 1920 * s) / 2}px) scale(${s})`;
}

function drawKiosk(s) {
  $("dark").hidden = s.power;
  $("booting").hidden = !s.power || s.kioskd.ready;
  if (s.kioskd.ready && s.kioskd.pid !== shownPID) {
    shownPID = s.kioskd.pid;
    $("screen").src = s.places.screen;
  }
  for (const strip of document.querySelectorAll(".lightstrip")) strip.classList.toggle("on", s.power && !!s.bench.outputs[strip.dataset.output]);
  const k = s.kioskd.status;
  text("k-screen", k ? k.screen : "–");
  text("k-blocks", k ? k.blocks.join(", ") || tr("nothing") : "–");
  text("k-journal", k ? k.head.seq === 1 ? tr`${k.head.seq} record, ${k.acknowledged} acknowledged` : tr`${k.head.seq} records, ${k.acknowledged} acknowledged` : "–");
  text("k-program", s.kioskd.running ? tr`pid ${s.kioskd.pid}, started ${s.kioskd.starts} ×` : s.kioskd.wanted ? tr("starts again") : tr("off"));
}

function drawLamps(s) {
  const blocks = s.kioskd.status ? s.kioskd.status.blocks : [];
  if (!s.power) lamp("lamp-kiosk", "bad", tr("Kiosk without power"));
  else if (!s.kioskd.ready) lamp("lamp-kiosk", "so", tr("Kiosk starting"));
  else lamp("lamp-kiosk", blocks.length ? "so" : "good", blocks.length ? tr`Kiosk: ${blocks.join(", ")}` : tr("Kiosk ready"));
  const online = s.kioskd.status && s.kioskd.status.online;
  if (!s.line.up) lamp("lamp-line", "bad", tr("Line down"));
  else lamp("lamp-line", online && !s.line.loss ? "good" : "so", tr(online ? (s.line.loss ? "Line bad" : "Line up") : "Line connecting"));
  if (!s.office.running) lamp("lamp-office", s.office.wanted ? "so" : "bad", tr(s.office.wanted ? "Head office starting" : "Head office down"));
  else lamp("lamp-office", "good", tr("Head office"));
  for (const [system, name] of [["mis", "MIS"], ["acquirer", "Acquirer"], ["posp", "Bank"], ["cardsystem", "Card-meter system"]].map(([system, name]) => [system, tr(name)])) {
    const faults = s.outside[system].faults;
    lamp("lamp-" + system, faults.length ? "bad" : "good", faults.length ? `${name}: ${faults.join(", ")}` : name);
  }
}

// ---- devices and world ----

function counts(notes) {
  const n = new Map();
  for (const fen of notes) n.set(fen, (n.get(fen) || 0) + 1);
  return [...n].sort((a, b) => b[0] - a[0]).map(([fen, k]) => `${k} × ${fen / 100}`).join(", ");
}

function drawDevices(s) {
  const v = s.bench.validator;
  text("in-path", v.in_path ? "¥ " + v.in_path / 100 : "–");
  text("cassette", v.out ? tr("out") : v.cassette.length ? `${counts(v.cassette)} = ¥ ${yuan(v.total)}` : tr("empty"));
  text("returned", v.returned.length ? v.returned.slice(-5).reverse().map((f) => "¥ " + f / 100).join(", ") : "–");
  const pressed = {power: s.power, line: s.line.up, office: s.office.wanted, "cassette-out": v.out, ...s.bench.inputs};
  for (const [id, on] of Object.entries(pressed)) $(id).setAttribute("aria-pressed", on);
  for (const [id, v, unit] of [["loss", s.line.loss, "%"], ["delay", s.line.delay_ms, "ms"]]) {
    if (document.activeElement !== $(id)) $(id).value = v;
    text(id + "-said", `${$(id).value} ${unit}`);
  }
  drawCards(s.bench.cards);
  drawPad(s.bench.pinpad);
  drawMeters(s);
  drawFaults("bill", s.bench.validator.faults, (kind, clear) => act("/api/bill/fault", {kind, clear}));
  drawFaults("printer", s.bench.printer.faults, (kind, clear) => act("/api/printer/fault", {kind, clear}));
  drawFaults("card", s.bench.card.faults, (kind, clear) => act("/api/card/fault", {slot: "bank", kind, clear}, "", "said-hand"));
  drawFaults("meter-card", s.bench.meter_card.faults, (kind, clear) => act("/api/card/fault", {slot: "meter", kind, clear}, "", "said-hand"));
  drawFaults("pinpad", s.bench.pinpad.faults, (kind, clear) => act("/api/pinpad/fault", {kind, clear}, "", "said-hand"));
  for (const system of ["mis", "acquirer", "posp", "cardsystem"]) {
    drawFaults(system, s.outside[system].faults, (fault, clear) => act("/api/outside", {system, fault, clear}));
    drawFaults(system + "-book", s.outside[system].faults, (fault, clear) => act("/api/outside", {system, fault, clear}));
  }
  drawFaults("collect", s.outside.collect.faults, (fault, clear) => act("/api/outside", {system: "collect", fault, clear}));
  text("shown-code", s.kioskd.code || tr("no code"));
  $("pay-code").disabled = !s.kioskd.code;
}

const COLOURS = {"bank-2": "k-green", "bank-3": "k-red", "bank-4": "k-plain", "bank-6": "k-gold", "bank-7": "k-plain", "bank-8": "k-red", "bank-9": "k-gold", "memory-1": "k-plain",
  "meter-1": "k-green", "meter-2": "k-green", "meter-4442": "k-green", "meter-102": "k-green", "meter-open": "k-gold", "meter-blank": "k-plain", "meter-other": "k-red"};
const PLACES = {drawer: "in the drawer", gate: "in the slot: it can be taken", reader: "in the reader, which holds it", captured: "captured"};

// plastic is a card of the drawer, drawn: its chip, or its stripe, and the end of its number.
function plastic(c) {
  const b = element("button", {className: "plastic " + (COLOURS[c.id] || ""), title: tr(state.card_words[c.id])},
    element("b", {textContent: c.id}), element("i", {className: c.chip ? "" : "heads"}), element("span", {textContent: c.pan ? "•• " + c.pan.slice(-4) : tr(c.kind)}));
  b.dataset.card = c.id;
  b.addEventListener("click", () => act("/api/card/insert", {card: c.id}, tr`${c.id} goes in`, "said-hand"));
  for (const look of ["mouseenter", "focus", "click"]) b.addEventListener(look, () => describe(c.id));
  return b;
}

let described = "";
function describe(id) {
  described = id;
  const c = state.bench.cards.find((c) => c.id === id);
  const facts = [tr(state.card_words[id]), tr(PLACES[c.where])];
  if (c.kind === "meter") {
    if (c.meter_no) facts.push(tr`meter ${c.meter_no}, purchase ${c.count} of ¥ ${yuan(c.purse || 0)}`);
    if (c.meter_no) facts.push(c.loaded === undefined ? tr("the meter wrote nothing back") : tr`the meter has loaded ${c.loaded}, ¥ ${yuan(c.left)} left`);
  } else if (c.kind === "bank") facts.push(tr`paid ${c.count} ×`);
  if (c.chip && c.kind === "bank") facts.push(tr`${c.tries} PIN tries on the chip`);
  if (c.scripts) facts.push(tr`${c.scripts} commands of its bank`);
  text("card-is", `${id}: ${facts.join("; ")}.`);
}

function drawCards(cards) {
  const drawer = $("drawer");
  if (drawer.children.length !== cards.length) drawer.replaceChildren(...cards.map(plastic));
  for (const c of cards) drawer.querySelector(`[data-card="${c.id}"]`).disabled = c.where !== "drawer";
  const captured = cards.filter((c) => c.where === "captured").map((c) => c.id);
  for (const slot of Object.keys(MOUTHS)) drawMouth(slot, cards, captured);
  $("empty-bin").hidden = !captured.length;
  if (described) describe(described);
}

// MOUTHS are the parts of each card slot.
const MOUTHS = {bank: {slot: "slot", take: "card-out", pull: "card-pull"}, meter: {slot: "slot-meter", take: "meter-out", pull: "meter-pull"}};

function drawMouth(slot, cards, captured) {
  const inside = inSlot(slot, cards), mouth = MOUTHS[slot];
  const bin = slot === "bank" ? captured : [];
  const key = [inside && inside.id, inside && inside.where, ...bin].join();
  if ($(mouth.slot).dataset.key !== key) {
    $(mouth.slot).dataset.key = key;
    const parts = [element("small", {textContent: tr(slot)}), element("span", {className: "faint", textContent: tr("no card")})];
    if (inside) {
      const name = element("span", {textContent: inside.id});
      name.dataset.card = inside.id;
      parts.splice(1, 1, name, tr(inside.where === "gate" ? "can be taken" : "held"));
    }
    if (bin.length) parts.push(tr`bin: ${bin.join(", ")}`);
    $(mouth.slot).replaceChildren(...parts);
  }
  $(mouth.take).disabled = !inside || inside.where !== "gate";
  $(mouth.pull).disabled = !inside;
}

// inSlot is the card in a slot that a hand can reach.
function inSlot(slot, cards) {
  return cards.find((c) => c.slot === slot && (c.where === "gate" || c.where === "reader"));
}

function drawPad(pad) {
  text("marks", "●".repeat(pad.marks));
  text("pad-does", tr(pad.asking ? "asks for a PIN" : "rests"));
}

function drawFaults(group, on, set) {
  const box = $("faults-" + group);
  if (!box.children.length) {
    for (const {kind, ...says} of state.words[group]) {
      const label = tr(says.label), does = tr(says.does);
      const b = element("button", {className: "fault", textContent: label, title: does});
      b.dataset.kind = kind;
      b.addEventListener("click", () => set(kind, b.getAttribute("aria-pressed") === "true"));
      for (const look of ["mouseenter", "focus", "click"]) b.addEventListener(look, () => text("fault-does", `${label}: ${does}`));
      box.append(b);
    }
  }
  for (const b of box.children) b.setAttribute("aria-pressed", on.includes(b.dataset.kind));
}

// ---- what came of it ----

// enlarging is a button around a slip's picture that shows it large.
function enlarging(picture) {
  const b = element("button", {title: tr("enlarge")}, picture);
  b.addEventListener("click", () => {
    const big = $("enlarged").querySelector("img");
    big.src = picture.src;
    big.alt = picture.alt;
    $("enlarged").showModal();
    $("enlarged").scrollTop = 0; // the focus is on the button at the end
  });
  return b;
}

async function drawSlips(s) {
  const key = s.begun + "/" + s.bench.printer.slips;
  if (key === slipsKey) return;
  const slips = (await get("/api/slips")).slips.reverse();
  slipsKey = key;
  text("slip-count", slips.length ? String(slips.length) : "");
  if (!slips.length) return;
  $("slips").replaceChildren(...slips.slice(0, SLIPS_SHOWN).map((slip) => element("figure", {className: "slip"},
    enlarging(element("img", {src: `${slip.png}?${s.begun}`, alt: slip.text})),
    element("figcaption", {textContent: slip.partial ? tr`No. ${slip.number}, ${slip.mm} mm, torn off` : tr`No. ${slip.number}, ${slip.mm} mm`}))));
}

const cell = (t, className) => element("td", {textContent: t, className: className || ""});
const two = (above, below) => element("td", {}, above, element("small", {textContent: below}));

async function drawPaid(s) {
  const a = s.outside.acquirer;
  const key = [a.entries, a.total, s.begun].join("/");
  if (key === paidKey) return;
  const entries = (await get("/api/outside/acquirer/ledger")).entries;
  paidKey = key;
  text("paid-sum", a.entries ? tr`${a.entries} paid, ¥ ${yuan(a.total)} held` : "");
  $("paid-panel").hidden = !entries.length;
  $("paid").replaceChildren(...entries.slice(-LEDGER_ROWS).reverse().map((e) => element("tr", {},
    two(when(e.paid_at)[1], when(e.paid_at)[0]), two(e.serial, e.reference), cell(yuan(e.amount), "num"), cell(e.refunded ? yuan(e.refunded) : "–", "num"))));
}

async function drawBank(s) {
  const b = s.outside.posp;
  const key = [b.entries, b.total, s.begun].join("/");
  if (key === bankKey) return;
  const entries = (await get("/api/outside/posp/ledger")).entries;
  bankKey = key;
  text("bank-sum", b.entries ? tr`${b.entries} approved, ¥ ${yuan(b.total)} taken` : "");
  $("bank-panel").hidden = !entries.length;
  $("bank").replaceChildren(...entries.slice(-LEDGER_ROWS).reverse().map((e) => {
    const gone = e.reversed ? "reversed" : e.voided ? "voided" : e.kind;
    const stands = e.reversed || e.voided || e.kind !== "sale" ? 0 : e.amount - e.refunded;
    const time = e.time.replace(/(..)(..)(..)/, "$1:$2:$3"), date = e.date.replace(/(..)(..)/, "$1-$2");
    return element("tr", {}, two(time, date), two(e.serial, `${e.card} ${e.pan_masked}`), cell(yuan(e.amount), "num"), cell(yuan(stands), "num"), cell(tr(gone)));
  }));
}

const CARD_SAYS = {written: "yes", unwritten: "no", unsure: "not known"};

async function drawSold(s) {
  const c = s.outside.cardsystem;
  const key = JSON.stringify([c.entries, c.total, s.begun, s.meters]);
  if (key === soldKey && !unsettled) return;
  const entries = (await get("/api/outside/cardsystem/ledger")).entries;
  soldKey = key;
  unsettled = entries.some((e) => !e.reversed && e.written !== "written");
  text("sold-sum", c.entries ? tr`${c.entries} sold, ¥ ${yuan(c.total)}` : "");
  $("sold-panel").hidden = !entries.length;
  $("sold").replaceChildren(...entries.slice(-LEDGER_ROWS).reverse().map((e) => element("tr", {},
    two(when(e.time)[1], when(e.time)[0]), two(e.serial, `${e.account}, ${e.card}`), cell(yuan(e.amount), "num"), cell(e.count, e.booked === 1 ? "num" : "num wrong"),
    cell(tr(e.reversed ? "reversed" : CARD_SAYS[e.written] || "nobody has said")))));
}

// unsettled: a sale is in the ledger that may still reach its card.
let unsettled = false;

// ---- the meters ----

function drawMeters(s) {
  const cards = s.bench.cards.filter((c) => c.kind === "meter" && c.where === "drawer").map((c) => c.id);
  if (metersKey !== cards.join()) {
    metersKey = cards.join();
    const chosen = $("meter-card").value;
    $("meter-card").replaceChildren(...cards.map((id) => element("option", {value: id, textContent: id})));
    if (cards.includes(chosen)) $("meter-card").value = chosen;
  }
  if ($("meters").children.length !== s.meters.length) $("meters").replaceChildren(...s.meters.map(meterRow));
  s.meters.forEach((m, i) => {
    const [facts, left] = $("meters").children[i].querySelectorAll("small, .left");
    const says = !m.opened ? tr("not opened yet") : m.illegal ? tr`purchase ${m.count}, refused ${m.illegal} ×` : tr`purchase ${m.count}`;
    if (facts.textContent !== says) facts.textContent = says;
    if (left.textContent !== "¥ " + yuan(m.left)) left.textContent = "¥ " + yuan(m.left);
  });
}

function meterRow(m) {
  const put = element("button", {textContent: tr("Put in"), title: tr("put the card into this meter")});
  put.dataset.meter = m.meter_no;
  put.addEventListener("click", () => atMeter(m.meter_no, {card: $("meter-card").value}));
  const use = element("button", {textContent: tr("Use 10.00"), title: tr("use energy for 10 yuan")});
  use.addEventListener("click", () => atMeter(m.meter_no, {use: 1000}));
  return element("tr", {}, two(m.meter_no, ""), cell("", "num left"), element("td", {className: "num"}, put, " ", use));
}

async function atMeter(no, body) {
  try {
    const m = await post("/api/meter/" + no, body);
    const loaded = m.loaded ? tr`; it loaded ¥ ${yuan(m.loaded)}` : "";
    if (m.error) say(tr`${m.display}: ${document.documentElement.lang === "en" ? m.text_en : m.text} (${m.error})` + loaded, true, "said-meter");
    else if (body.use) say(tr`¥ ${yuan(m.left)} left`, false, "said-meter");
    else say(m.loaded ? tr`it loaded ¥ ${yuan(m.loaded)}, purchase ${m.count}; ¥ ${yuan(m.left)} left` : tr("it wrote back, and loaded nothing"), false, "said-meter");
  } catch (e) {
    say(e.message, true, "said-meter");
  }
  await refresh();
}

async function drawLedger(s) {
  const m = s.outside.mis;
  const key = [m.entries, m.total, s.begun].join("/");
  if (key === ledgerKey) return;
  const l = await get("/api/outside/mis/ledger");
  ledgerKey = key;
  text("ledger-sum", !m.entries ? "" : m.entries === 1 ? tr`${m.entries} posting, ¥ ${yuan(m.total)}` : tr`${m.entries} postings, ¥ ${yuan(m.total)}`);
  if (l.entries && l.entries.length) {
    $("ledger").replaceChildren(...l.entries.slice(-LEDGER_ROWS).reverse().map((e) => element("tr", {},
      two(when(e.time)[1], when(e.time)[0]), two(e.serial, e.account), cell(yuan(e.amount), "num"), cell(yuan(e.to_arrears), "num"),
      cell(yuan(e.to_advance), "num"), cell(e.reversed ? tr("reversed") : e.posted_count, e.posted_count === 1 ? "num" : "num wrong"))));
  }
  $("customers").replaceChildren(...l.accounts.map((a) => {
    const b = element("button", {textContent: tr("+ bill 128.50")});
    b.addEventListener("click", async () => {
      await act("/api/outside/mis/bill", {account: a.number, amount: 12850}, tr`new bill for ${a.number}`);
      ledgerKey = "";
    });
    const facts = [a.number, a.meter_card && tr("meter card"), a.no_partial && tr("pays in full only")].filter(Boolean).join(", ");
    return element("tr", {}, two(a.name, facts), cell(yuan(a.arrears), "num"), element("td", {className: "num"}, b));
  }));
}

// ---- the telephone ----

async function hold() {
  try {
    const {code} = await post("/api/acquirer/scan-code", {amount_limit: Math.round($("pay-limit").value * 100)});
    await post("/api/scan", {code});
    say(tr`shown to the scanner: ${code}`, false, "said-phone");
  } catch (e) {
    say(e.message, true, "said-phone");
  }
}

// ---- turning ----

let busy = false;
async function refresh() {
  if (busy) return;
  busy = true;
  try {
    state = await get("/api/state");
    drawKiosk(state);
    drawLamps(state);
    drawDevices(state);
    await drawSlips(state);
    await drawLedger(state);
    await drawPaid(state);
    await drawBank(state);
    await drawSold(state);
  } catch {
    lamp("lamp-kiosk", "bad", tr("The lab does not answer"));
  }
  busy = false;
}

function wire() {
  for (const b of document.querySelectorAll(".note")) {
    b.addEventListener("click", () => {
      const outcome = document.querySelector("input[name=outcome]:checked").value;
      act("/api/bill/insert", {value: b.dataset.yuan * 100, outcome}, tr`¥ ${b.dataset.yuan} goes in (${tr(outcome)})`);
    });
  }
  const toggles = {
    power: (on) => ["/api/power", {on}],
    mains: (on) => ["/api/mains", {on}],
    line: (on) => ["/api/line", {up: on, loss: +$("loss").value, delay_ms: +$("delay").value}],
    office: (on) => ["/api/office", {on}],
  };
  toggles["cassette-out"] = (on) => ["/api/cassette", on ? {out: true} : {out: false, number: String(Date.now() % 10000)}];
  for (const name of ["door", "safe-door", "tamper", "vibration"]) toggles[name] = (on) => ["/api/door", {name, open: on}];
  for (const [id, call] of Object.entries(toggles)) {
    $(id).addEventListener("click", () => act(...call($(id).getAttribute("aria-pressed") !== "true")));
  }
  for (const id of ["loss", "delay"]) {
    $(id).addEventListener("change", () => act(...toggles.line(state ? state.line.up : true)));
  }
  const forms = {
    scan: () => ["/api/scan", {code: $("scan-code").value}, tr`scanned ${$("scan-code").value}`, "said-phone"],
    pad: () => ["/api/pinpad", {keys: $("pad-keys").value.toUpperCase()}, tr("keys pressed"), "said-hand"],
  };
  for (const [id, call] of Object.entries(forms)) {
    $(id).addEventListener("submit", (e) => {
      e.preventDefault();
      act(...call());
    });
  }
  $("pay-code").addEventListener("click", () => act("/api/acquirer/pay", {code: state.kioskd.code}, tr("paid"), "said-phone"));
  $("hold").addEventListener("submit", (e) => {
    e.preventDefault();
    hold();
  });
  for (const [slot, mouth] of Object.entries(MOUTHS)) {
    const out = (body, words) => act("/api/card/remove", {card: (inSlot(slot, state.bench.cards) || {}).id || "", ...body}, words, "said-hand");
    $(mouth.take).addEventListener("click", () => out({}, tr("the card is back in the drawer")));
    $(mouth.pull).addEventListener("click", () => out({pull: true}, tr("the card was torn out")));
  }
  $("empty-bin").addEventListener("click", () => act("/api/card/empty-bin", {}, tr("the captured cards are back in the drawer"), "said-hand"));
  for (const b of $("keys").children) b.addEventListener("click", () => act("/api/pinpad", {keys: b.dataset.key}, "", "said-hand"));
  $("enlarged").addEventListener("click", () => $("enlarged").close());
  $("kill").addEventListener("click", () => act("/api/kioskd/kill", {}, tr("the kiosk program was killed")));
}

async function begin() {
  await speak();
  wire();
  new ResizeObserver(fit).observe($("glass"));
  await refresh();
  if (state) {
    $("link-screen").href = state.places.screen;
    $("link-office").href = state.places.office;
    $("zone").title = tr`times of ${state.places.zone}`;
    const users = Map.groupBy(state.places.accounts, (a) => a.password);
    text("accounts", [...users].map(([password, all]) => `${all.map((a) => a.user).join(" · ")} / ${password}`).join("  ·  "));
  }
  setInterval(refresh, POLL_MS);
}

begin();
