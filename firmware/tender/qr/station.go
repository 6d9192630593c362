package qr

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
	"wattkiosk/uplink/wire"
)

// Waits and bounds of a Station.
const (
	OrderLife   = 5 * time.Minute  // how long an order may be paid
	CodeLife    = 45 * time.Second // how long a scanned payment code is kept
	PlacingLife = 20 * time.Second // how long a code to show is waited for
	MaxSteps    = 64               // that wait for the journal

	askTTL  = 15 * time.Second
	waitTTL = 25 * time.Second // head office answers before that where nothing is new
)

// Why an order ends beside the reasons of every station.
const (
	OtherCode tender.Reason = "other-code" // the customer shows a payment code instead
	NoCode    tender.Reason = "no-code"    // no code to show came in time
)

// PostingRefused is why a payment is refunded.
const PostingRefused = "posting-refused"

// ErrSteps means that too much waits for the journal.
var ErrSteps = errors.New("too much waits for the journal")

// step is an event of a transaction that waits for the journal, and what is asked for
// once it is durable. One without an event needs no record.
type step struct {
	serial string
	event  payments.Event
	after  []tender.Effect
}

// order is what is known of the order that somebody waits for.
type order struct {
	serial  string
	mode    qr.Mode
	state   wire.QRStatus
	code    string    // to draw
	since   time.Time // it was ordered
	until   time.Time // by our own clock
	refused string    // why the last scan came to nothing
}

// Station takes money by QR code. It is not safe for concurrent use.
type Station struct {
	scans bool // there is a scanner

	queue []step
	live  order
	end   tender.Reason // its end was asked for; empty for not

	payCode   wire.PayCode // for the order that takes the live one's place
	scannedAt time.Time
	again     bool // that order is being opened
}

var _ tender.Asker = (*Station)(nil)

// New is a station. With a scanner it also takes the codes of customers' telephones.
func New(hasScanner bool) *Station { return &Station{scans: hasScanner} }

// Recover implements tender.Station: nobody stands there any more for an order that
// was open when the power went. Those that are closing, or being refunded, are asked
// about by Undo.
func (s *Station) Recover(now time.Time, _ []byte, b tender.Books) error {
	if t, paying := b.Paying(); paying {
		s.live = order{serial: t.Serial}
		s.close(now, tender.ByPowerCut)
	}

	return nil
}

// Begin implements tender.Station: the order is placed once its record is durable.
func (s *Station) Begin(now time.Time, t payments.Transaction) []tender.Effect {
	code := s.takeCode(now)
	mode := qr.Shown
	if code != "" {
		mode = qr.Scanned
	}
	s.end = ""
	s.live = order{serial: t.Serial, mode: mode, state: wire.QRPlacing, since: now, until: now.Add(OrderLife)}

	body := wire.QROrderBody{Serial: t.Serial, Account: t.Account, Amount: t.QR.Amount, Mode: mode, PayCode: code, LifeMS: OrderLife.Milliseconds()}
	s.queue = append(s.queue, step{
		serial: t.Serial, event: qr.Ordered{Mode: mode, Amount: t.QR.Amount, At: now.UnixMilli()},
		after: []tender.Effect{tender.Ask{Op: wire.OpQROrder, Key: t.Serial, Body: mustJSON(body), TTL: askTTL, Urgent: true}},
	})

	return nil
}

// takeCode is the payment code that was scanned for the order that begins; empty for
// none. One that was scanned for another payment is forgotten: whose telephone it is of
// may have gone.
func (s *Station) takeCode(now time.Time) wire.PayCode {
	code, meant := s.payCode, s.again
	s.forgetCode()
	if !meant || now.Sub(s.scannedAt) >= CodeLife {
		return ""
	}

	return code
}

func (s *Station) forgetCode() { s.payCode, s.again = "", false }

// Finish implements tender.Station.
func (s *Station) Finish(now time.Time, why tender.Reason, b tender.Books) []tender.Effect {
	if _, paying := b.Paying(); !paying || s.end != "" {
		return nil
	}
	s.close(now, why)

	return nil
}

// close says that nobody waits for the payment any more. What follows is the table's
// act, and comes to Undo.
func (s *Station) close(now time.Time, why tender.Reason) {
	s.end = why
	serial := s.live.serial
	s.queue = append(s.queue, step{
		serial: serial, event: qr.Closing{Why: string(why), At: now.UnixMilli()},
		after: []tender.Effect{tender.Drop{Op: wire.OpQROrder, Key: serial}, tender.Drop{Op: wire.OpQRWait, Key: serial}},
	})
}

// Undo implements tender.Station: an order that nobody waits for is closed, and what
// was paid for nothing is refunded.
func (s *Station) Undo(now time.Time, t payments.Transaction) []tender.Effect {
	switch t.QR.State {
	case qr.Ending:
		return []tender.Effect{s.ask(wire.OpQRClose, t, t.QR.Reason)}
	case qr.Refunding:
		return []tender.Effect{s.ask(wire.OpQRRefund, t, t.QR.Reason)}
	}
	s.queue = append(s.queue, step{
		serial: t.Serial, event: qr.RefundOrdered{Why: PostingRefused, At: now.UnixMilli()},
		after: []tender.Effect{s.ask(wire.OpQRRefund, t, PostingRefused)},
	})

	return nil
}

// ask is a request about an order that was placed.
func (s *Station) ask(op wire.Op, t payments.Transaction, why string) tender.Ask {
	body := wire.QRBody{Serial: t.Serial, Account: t.Account, Amount: t.QR.Amount, Mode: t.QR.Mode, Why: why}
	a := tender.Ask{Op: op, Key: t.Serial, TTL: askTTL, Urgent: t.Serial == s.live.serial}
	if t.Serial == s.live.serial && (op == wire.OpQRWait || op == wire.OpQRClose) {
		body.Known = s.live.state
	}
	if op == wire.OpQRWait {
		body.Why, a.TTL = "", waitTTL
	}
	a.Body = mustJSON(body)

	return a
}

// Finishing implements tender.Station.
func (s *Station) Finishing() bool { return s.end != "" }

// Over implements tender.Station.
func (s *Station) Over(b tender.Books) (tender.Reason, bool) {
	_, paying := b.Paying()

	return OtherCode, paying && s.payCode != "" && s.end == ""
}

// Heard implements tender.Station: it takes every scanner.Event. While a code is
// shown, one that a telephone shows takes its place.
func (s *Station) Heard(now time.Time, r tender.Report) error {
	e, ok := r.(scanner.Event)
	if !ok {
		return fmt.Errorf("cannot take a report of type %T", r)
	}
	if e.Kind != scanner.Scanned || !s.Scanning() {
		return nil
	}
	if !IsPayCode(string(e.Code)) {
		s.live.refused = "no-pay-code"

		return nil
	}
	s.live.refused = ""
	s.payCode, s.scannedAt = wire.PayCode(e.Code), now

	return nil
}

// Scanning reports whether a payment code is taken now. While a telephone that was
// scanned is being asked to pay it is not: the scanner reads it more than once.
func (s *Station) Scanning() bool {
	return s.scans && s.end == "" && s.live.mode == qr.Shown && (s.live.state == wire.QRPlacing || s.live.state == wire.QRWaiting)
}

// IsPayCode reports whether a code can be one that a customer's telephone shows: 16
// to 24 digits, the first two of which say whose (10 to 15 WeChat, 25 to 30 Alipay,
// 62 UnionPay).
func IsPayCode(code string) bool {
	if len(code) < 16 || len(code) > 24 {
		return false
	}
	for _, c := range code {
		if c < '0' || c > '9' {
			return false
		}
	}
	whose := code[:2]

	return whose >= "10" && whose <= "15" || whose >= "25" && whose <= "30" || whose == "62"
}

// Answered implements tender.Asker.
func (s *Station) Answered(now time.Time, a tender.Ask, r tender.Reply) (again bool) {
	var asked struct {
		Amount money.Amount `json:"amount"`
	}
	if json.Unmarshal(a.Body, &asked) != nil || r.Error != nil || len(s.queue) >= MaxSteps {
		return true
	}
	state, err := wire.DecodeQR(r.Body, a.Key, asked.Amount)
	if err != nil {
		return true
	}

	return s.take(now, a, state)
}

// take makes an event of what head office says of an order; one that is no end yet is
// waited for.
func (s *Station) take(now time.Time, a tender.Ask, state wire.QRState) (again bool) {
	live := a.Key == s.live.serial
	if live {
		s.live.state = state.Status
	}

	var e payments.Event
	switch state.Status {
	case wire.QRPaid:
		e = qr.Paid{Amount: state.Amount, Acquirer: state.Acquirer, Reference: state.Reference, PaidAt: state.PaidAt}
	case wire.QRNotPaid:
		e = qr.NotPaid{Reason: state.Reason}
	case wire.QRUnknown:
		e = qr.Unknown{Text: state.Reason}
	case wire.QRRefunded, wire.QRKept:
		e = qr.RefundAnswered{Done: state.Status == wire.QRRefunded, Text: state.Reason}
	default:
		if live && s.end == "" && (a.Op == wire.OpQROrder || a.Op == wire.OpQRWait) {
			s.wait(now, a.Key, state)

			return false
		}

		return true
	}

	var after []tender.Effect
	if s.end != "" && (a.Op == wire.OpQROrder || a.Op == wire.OpQRWait) { // its closing waits for the journal, before this
		after = append(after, tender.Drop{Op: wire.OpQRClose, Key: a.Key})
	}
	if live && state.Status == wire.QRNotPaid && s.payCode != "" {
		after = append(after, tender.Again{})
	}
	s.queue = append(s.queue, step{a.Key, e, after})

	return false
}

// wait shows what there is to show, and asks to be told what is new.
func (s *Station) wait(now time.Time, serial string, state wire.QRState) {
	s.live.code = state.Code
	if state.LeftMS > 0 {
		s.live.until = now.Add(min(time.Duration(state.LeftMS)*time.Millisecond, OrderLife))
	}
	s.queue = append(s.queue, step{serial: serial})
}

// Unanswered implements tender.Asker: nothing of this station is asked only once.
func (s *Station) Unanswered(time.Time, tender.Ask) {}

// Decide implements tender.Station. What does not fit its transaction any more is
// dropped: a word that came before it said the same.
func (s *Station) Decide(b tender.Books, _ bool) (tender.Decision, bool) {
	for len(s.queue) > 0 {
		head := &s.queue[0]
		t, known := b.Find(head.serial)
		switch {
		case !known:
		case head.event == nil && t.QR.State == qr.Placed:
			head.after = []tender.Effect{s.ask(wire.OpQRWait, t, "")}

			return tender.Decision{}, true
		case head.event != nil:
			if _, _, err := t.QR.Apply(head.event); err == nil {
				return tender.Decision{Txn: t, Events: []payments.Event{head.event}}, true
			}
		}
		s.queue = s.queue[1:]
	}

	return tender.Decision{}, false
}

// Settle implements tender.Station. An event that the journal refused waits.
func (s *Station) Settle(_ time.Time, durable bool) (effects []tender.Effect, more bool) {
	if len(s.queue) == 0 || !durable {
		return nil, false
	}
	head := s.queue[0]
	s.queue = s.queue[1:]

	if head.serial == s.live.serial {
		s.ended(head.event)
	}

	return head.after, len(s.queue) > 0
}

// ended takes the end of the live order. If it was not paid, the payment code that was
// scanned meanwhile is for the order that the kiosk opens now, or for none.
func (s *Station) ended(e payments.Event) {
	switch e.(type) {
	case qr.NotPaid:
		s.end, s.again = "", s.payCode != ""
	case qr.Paid, qr.Unknown:
		s.end = ""
		s.forgetCode()
	}
}

// Turn implements tender.Station: an order has its time, and a code must come in its.
func (s *Station) Turn(now time.Time, b tender.Books) (tender.Decision, bool) {
	if _, paying := b.Paying(); paying && s.end == "" && !now.Before(s.due()) {
		why := tender.ByTimeOut
		if s.live.state == wire.QRPlacing {
			why = NoCode
		}
		s.close(now, why)
	}
	if s.again || now.Sub(s.scannedAt) >= CodeLife { // nobody took it, or it is old
		s.forgetCode()
	}

	return tender.Decision{}, false
}

// due is when the order that somebody waits for is over.
func (s *Station) due() time.Time {
	if placed := s.live.since.Add(PlacingLife); s.live.state == wire.QRPlacing && placed.Before(s.live.until) {
		return placed
	}

	return s.live.until
}

// Wake implements tender.Station.
func (s *Station) Wake(now time.Time, b tender.Books, retry time.Duration) time.Time {
	if len(s.queue) > 0 {
		return now.Add(retry)
	}
	if _, paying := b.Paying(); paying && s.end == "" {
		return s.due()
	}

	return time.Time{}
}

// Waiting implements tender.Station.
func (s *Station) Waiting() int { return len(s.queue) }

// Unsettled implements tender.Station: what is open is in the journal.
func (s *Station) Unsettled() string { return "" }

// Troubles implements tender.Station: none of its own.
func (s *Station) Troubles() []tender.Trouble { return nil }

// Face implements tender.Station.
func (s *Station) Face(t payments.Transaction) tender.Face {
	if t.Serial == "" || t.Serial != s.live.serial {
		return tender.Face{Step: string(wire.QRPlacing), Scans: s.scans}
	}

	return tender.Face{
		Ready: s.live.state == wire.QRWaiting, Busy: s.live.state == wire.QRPassword, Refused: s.live.refused,
		Step: string(s.live.state), Code: s.live.code, Until: s.live.until, Scans: s.Scanning(),
	}
}

func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of texts and numbers
	}

	return b
}
