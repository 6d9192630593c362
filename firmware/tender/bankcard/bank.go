package bankcard

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
	"wattkiosk/payments/posp/terminal"
	"wattkiosk/uplink/wire"
)

// Waits for the bank and the pad.
const (
	AnswerWait = 45 * time.Second // for an answer of the bank; a sale without one is reversed
	grace      = 5 * time.Second  // beyond the time that somebody else keeps
	padWait    = 10 * time.Second // for the pad's answer
)

// phase is how far the message to the bank is.
type phase int

const (
	silent   phase = iota
	sealing        // the pad makes its MAC
	asking         // it is on its way
	checking       // the pad makes the MAC of the answer
	loading        // the keys of a sign-in go into the pad
)

// talk is the message to the bank that is under way; there is one at a time.
type talk struct {
	phase   phase
	request posp.Request
	serial  string // of a sale or reversal
	ordered bool   // the terminal procedure knows of it: all but a sale that is being sealed
	frame   []byte // with its length; the answer while it is checked
	key     string // of the Ask
	pad     uint32 // the command that is waited for
	by      time.Time
	keys    posp.WorkingKeys // of a sign-in
	use     pinpad.Use       // the key that is being loaded
}

// wipe forgets the message and what it holds of a card or of keys.
func (t *talk) wipe() {
	clear(t.frame)
	t.keys.Wipe()
	*t = talk{}
}

// late is an answer that came after it was given up, while its MAC is checked.
type late struct {
	request posp.Request
	frame   []byte
	pad     uint32
}

// teller is the bank's side: the message to the bank that is under way.
type teller struct {
	at   *Station
	talk talk
	late late
}

// made is a MAC that the pad has made already.
type made mac.Code

// MAC implements mac.Maker.
func (m made) MAC([]byte) (mac.Code, error) { return mac.Code(m), nil }

// transmit sends a message of the terminal procedure that takes no card. A sale that is
// being sealed, of which nothing is written yet, gives way to it.
func (t *teller) transmit(p *plan, r posp.Request) {
	if t.talk.phase == sealing && !t.talk.ordered {
		t.at.slot.giveUp(p, string(tender.ByDevice))
	}

	frame, err := t.at.cfg.Bank.Append(nil, r, nil)
	t.talk = talk{request: r, frame: frame, ordered: true}
	switch r.Op {
	case posp.Reversal:
		t.talk.serial = p.state.Terminal.Reversal.Serial
	case posp.Void:
		t.talk.serial = p.state.Terminal.Flight.Serial
	}
	t.talk.key = fmt.Sprintf("%s-%s", t.at.cfg.Bank.ID, r.Op)

	data, seal := iso8583.MACInput(t.talk.frame)
	switch {
	case err != nil: // it is tried again after a pause, and shows as failing
		t.talk.phase = asking
		t.at.queue = append(t.at.queue, input{now: p.now, answer: &answer{key: t.talk.key}})
	case seal:
		t.seal(p, data)
	default:
		t.ask(p)
	}
}

// seal has the pad make the MAC of the message.
func (t *teller) seal(p *plan, data []byte) {
	t.talk.phase = sealing
	t.talk.pad = t.mac(p, data)
	t.talk.by = p.now.Add(padWait)
}

// mac orders a MAC, and names the order.
func (t *teller) mac(p *plan, data []byte) uint32 {
	c := pinpad.Command{ID: t.at.number(), Op: pinpad.MAC, Slot: t.at.cfg.MACSlot, Method: t.at.cfg.Method, Data: append(pinpad.Secret(nil), data...)}
	p.do(tender.Order{Command: c})

	return c.ID
}

// ask sends the message to head office, which carries it once.
func (t *teller) ask(p *plan) {
	body := wire.FrameBody{Serial: t.talk.serial, Terminal: t.at.cfg.Bank.ID, Frame: wire.Frame(t.talk.frame[2:])}
	p.do(tender.Ask{Op: wire.OpFrame, Key: t.talk.key, Body: mustJSON(body), TTL: AnswerWait, Once: true, Urgent: t.talk.request.Op == posp.Sale})
	clear(t.talk.frame)
	t.talk.frame = nil
	t.talk.phase = asking
	t.talk.by = p.now.Add(AnswerWait + grace)
}

// heardBank takes what became of an Ask.
func (t *teller) heardBank(p *plan, a *answer) {
	if t.talk.phase != asking || t.talk.key != a.key {
		t.heardLate(p, a)
		return
	}
	if a.frame == nil {
		t.lost(p, terminal.TimedOut, "")
		return
	}

	t.talk.frame = a.frame
	data, sealed := iso8583.MACInput(a.frame)
	switch {
	case !t.at.cfg.Bank.Sealed(t.talk.request.Op) || !sealed:
		t.accept(p, nil)
	case len(data) > pinpad.MaxMACData:
		t.lost(p, terminal.Unreadable, "")
	default:
		t.talk.phase = checking
		t.talk.pad = t.mac(p, data)
		t.talk.by = p.now.Add(padWait)
	}
}

// lateRequest is the sale whose late answer would be evidence: the one that is being
// taken back, or the last one.
func lateRequest(p *plan) (posp.Request, bool) {
	if r, ok := p.state.Terminal.Late(); ok {
		return r, true
	}
	c := p.state.Terminal.Concluded
	t, ok := p.books.Find(c.Serial)
	sale := t.Card.Sale

	return posp.Request{Op: posp.Sale, Batch: c.Batch, Trace: c.Trace, Amount: sale.Amount, Entry: entryOf(sale.Entry)},
		ok && c.Op == posp.Sale && sale.Trace == digits(c.Trace)
}

// heardLate has the MAC of an answer checked that nobody waits for any more.
func (t *teller) heardLate(p *plan, a *answer) {
	r, ok := lateRequest(p)
	data, sealed := iso8583.MACInput(a.frame)
	if !ok || !sealed || len(data) > pinpad.MaxMACData {
		clear(a.frame)
		return
	}
	clear(t.late.frame)
	t.late = late{request: r, frame: a.frame, pad: t.mac(p, data)}
}

// padAboutBank takes the pad's outcome of a command for a message.
func (t *teller) padAboutBank(p *plan, e pinpad.Event) {
	if e.ID == t.late.pad {
		l := t.late
		t.late = late{}
		code, ok := codeOf(e)
		a, err := t.at.cfg.Bank.Accept(l.request, l.frame, made(code))
		clear(l.frame)
		if ok && err == nil {
			p.tell(terminal.Event{Kind: terminal.Answered, Answer: a})
		}
		return
	}

	if errors.Is(e.Err, pinpad.ErrNoKey) {
		p.tell(terminal.Event{Kind: terminal.KeysGone})
	}
	code, ok := codeOf(e)
	switch {
	case t.talk.phase == loading:
		t.loaded(p, e)
	case t.talk.phase == checking && ok:
		t.accept(p, made(code))
	case t.talk.phase == checking:
		t.lost(p, terminal.Unreadable, "")
	case !t.talk.ordered && ok:
		t.at.slot.sell(p, code)
	case !t.talk.ordered:
		t.talk.wipe()
		t.at.slot.giveUp(p, string(tender.ByDevice))
	case ok:
		iso8583.PutMAC(t.talk.frame, code)
		t.ask(p)
	default:
		t.lost(p, terminal.NotSent, "")
	}
}

// codeOf is the MAC that the pad made; false for none.
func codeOf(e pinpad.Event) (c mac.Code, ok bool) {
	if e.Kind != pinpad.Done || len(e.Data) != mac.Size {
		return c, false
	}

	return mac.Code(e.Data), true
}

// accept tells the procedure what the answer is worth.
func (t *teller) accept(p *plan, key mac.Maker) {
	r := t.talk.request
	a, err := t.at.cfg.Bank.Accept(r, t.talk.frame, key)
	switch {
	case errors.Is(err, posp.ErrMAC):
		t.lost(p, terminal.WrongMAC, a.Code)
	case errors.Is(err, posp.ErrOther):
		t.lost(p, terminal.OfAnother, "")
	case err != nil:
		t.lost(p, terminal.Unreadable, "")
	default:
		t.talk.wipe()
		t.talk.keys = a.Keys
		t.at.slot.stay.issuer = a.Chip
		p.tell(terminal.Event{Kind: terminal.Answered, Answer: a})
		t.at.slot.concluded(p)
	}
}

// lost tells the procedure that the message has no answer.
func (t *teller) lost(p *plan, why terminal.Cause, hint posp.Code) {
	r := t.talk.request
	t.talk.wipe()
	p.tell(terminal.Event{Kind: terminal.Lost, Op: r.Op, Trace: r.Trace, Cause: why, Hint: hint})
	t.at.slot.concluded(p)
}

// loadKeys puts the working keys of a sign-in into the pad, that for PINs first.
func (t *teller) loadKeys(p *plan) {
	t.talk.phase = loading
	t.talk.ordered = true
	t.load(p, pinpad.ForPIN)
}

func (t *teller) load(p *plan, use pinpad.Use) {
	key, slot := t.talk.keys.PIN, t.at.cfg.PINSlot
	if use == pinpad.ForMAC {
		key, slot = t.talk.keys.MAC, t.at.cfg.MACSlot
	}
	c := pinpad.Command{
		ID: t.at.number(), Op: pinpad.LoadKey, Slot: slot, Under: t.at.cfg.Master, Use: use,
		Key: append(pinpad.Secret(nil), key.Data...), KCV: append([]byte(nil), key.KCV[:]...),
	}
	p.do(tender.Order{Command: c})
	t.talk.pad = c.ID
	t.talk.by = p.now.Add(padWait)
	t.talk.use = use
}

// loaded goes on with the next key, or says how the loading ended.
func (t *teller) loaded(p *plan, e pinpad.Event) {
	switch {
	case e.Kind != pinpad.Done:
		t.talk.wipe()
		p.tell(terminal.Event{Kind: terminal.NotLoaded})
	case t.talk.use == pinpad.ForPIN:
		t.load(p, pinpad.ForMAC)
	default:
		t.talk.wipe()
		p.tell(terminal.Event{Kind: terminal.Loaded})
	}
}

// dueBank is when the message under way is given up; zero for none.
func (t *teller) dueBank() time.Time { return t.talk.by }

// overdueBank gives the message up: the pad, or head office, said nothing at all.
func (t *teller) overdueBank(p *plan) {
	switch t.talk.phase {
	case sealing, checking, loading:
		t.padAboutBank(p, pinpad.Event{Kind: pinpad.NotDone, ID: t.talk.pad, Err: pinpad.ErrSilent})
	case asking: // it may not have left yet, and must not any more
		p.do(tender.Drop{Op: wire.OpFrame, Key: t.talk.key})
		t.lost(p, terminal.TimedOut, "")
	}
}
