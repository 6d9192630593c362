package qr

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
	"wattkiosk/uplink/wire"
)

const (
	serial  = "10000001000000000005"
	payCode = "281234567890123456"
)

// rig is a station with books that hold what it decides, as the kiosk keeps them.
type rig struct {
	t      *testing.T
	s      *Station
	now    time.Time
	txns   map[string]payments.Transaction
	paying string
	sealed bool
	did    []string // events and effects, in order
}

func (r *rig) Paying() (payments.Transaction, bool) {
	t := r.txns[r.paying]

	return t, t.Status() == payments.Tendering
}
func (r *rig) Last() payments.Transaction   { return payments.Transaction{} }
func (r *rig) Open() []payments.Transaction { return nil }
func (r *rig) Find(s string) (payments.Transaction, bool) {
	t, ok := r.txns[s]

	return t, ok
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, s: New(true), now: time.UnixMilli(1_764_000_000_000), txns: map[string]payments.Transaction{}}
	r.open(serial)

	return r
}

func (r *rig) open(serial string) {
	r.t.Helper()
	t, _, err := payments.Step(payments.Transaction{}, serial, payments.Opened{Account: "1000000001", Tender: "qr", Limit: 8640})
	if err != nil {
		r.t.Fatal(err)
	}
	r.txns[serial], r.paying = t, serial
	r.do(r.s.Begin(r.now, t))
	r.run()
}

func (r *rig) do(effects []tender.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case tender.Ask:
			r.did = append(r.did, "ask "+string(e.Op))
		case tender.Drop:
			r.did = append(r.did, "drop "+string(e.Op))
		case tender.Again:
			r.did = append(r.did, "again")
		}
	}
}

// run is what the kiosk does with a station: decide, commit, settle, act.
func (r *rig) run() {
	r.t.Helper()
	r.s.Turn(r.now, r)
	if why, over := r.s.Over(r); over {
		r.s.Finish(r.now, why, r)
	}
	for {
		d, ok := r.s.Decide(r, r.sealed)
		if !ok {
			return
		}
		if r.sealed && d.Durable() {
			if effects, more := r.s.Settle(r.now, false); len(effects) > 0 || more {
				r.t.Errorf("the journal refused %v: %v, %v", d.Events, effects, more)
			}

			return
		}
		r.commit(d)
	}
}

func (r *rig) commit(d tender.Decision) {
	r.t.Helper()
	var acts []payments.Effect
	for _, e := range d.Events {
		next, due, err := payments.Step(d.Txn, d.Txn.Serial, e)
		if err != nil {
			r.t.Fatal(err)
		}
		r.txns[next.Serial] = next
		r.did = append(r.did, e.EventType())
		acts = append(acts, due...)
	}
	effects, _ := r.s.Settle(r.now, true)
	r.do(effects)
	for _, a := range acts {
		if a == compensation.UndoMoney {
			r.do(r.s.Undo(r.now, r.txns[d.Txn.Serial]))
		}
	}
}

// answer gives the station head office's word on a request.
func (r *rig) answer(op wire.Op, about string, s wire.QRState) (again bool) {
	r.t.Helper()
	s.Serial = about
	body, err := json.Marshal(s)
	if err != nil {
		r.t.Fatal(err)
	}
	again = r.s.Answered(r.now, tender.Ask{Op: op, Key: about, Body: json.RawMessage(`{"amount":8640}`)}, wire.Reply{Body: body})
	r.run()

	return again
}

func (r *rig) scan(code string) {
	r.t.Helper()
	if err := r.s.Heard(r.now, scanner.Event{Kind: scanner.Scanned, Code: scanner.Code(code)}); err != nil {
		r.t.Fatal(err)
	}
	r.run()
}

// refuse has the MIS refuse the posting.
func (r *rig) refuse() {
	r.t.Helper()
	next, acts, err := payments.Step(r.txns[serial], serial, post.OutcomeLearned{Status: post.Owed})
	if err != nil || len(acts) != 1 || acts[0] != compensation.UndoMoney {
		r.t.Fatalf("%v, %v", acts, err)
	}
	r.txns[serial] = next
	r.do(r.s.Undo(r.now, next))
	r.run()
}

func (r *rig) want(status payments.Status, did string) {
	r.t.Helper()
	if got := strings.Join(r.did, ", "); got != did || r.txns[serial].Status() != status {
		r.t.Errorf("%s: %s\nwant %s: %s", r.txns[serial].Status(), got, status, did)
	}
}

var waiting = wire.QRState{Status: wire.QRWaiting, Code: "https://qr.example/1", LeftMS: 299_000}

func TestACodeIsShownAndPaid(t *testing.T) {
	r := newRig(t)
	if f := r.s.Face(r.txns[serial]); f.Ready || f.Step != "placing" {
		t.Errorf("face %+v", f)
	}
	r.answer(wire.OpQROrder, serial, waiting)
	if f := r.s.Face(r.txns[serial]); !f.Ready || f.Code != waiting.Code || !f.Until.Equal(r.now.Add(299*time.Second)) || !f.Scans {
		t.Errorf("face %+v", f)
	}
	r.answer(wire.OpQRWait, serial, waiting)
	r.answer(wire.OpQRWait, serial, wire.QRState{Status: wire.QRPaid, Amount: 8640, Acquirer: "alipay", Reference: "A1", PaidAt: 5})
	r.want(payments.Posting, "qr-ordered, ask qr-order, ask qr-wait, ask qr-wait, qr-paid")
}

// TestNothingIsAskedBeforeItsRecord: where the journal refuses, nothing leaves.
func TestNothingIsAskedBeforeItsRecord(t *testing.T) {
	r := &rig{t: t, s: New(true), now: time.UnixMilli(1), txns: map[string]payments.Transaction{}, sealed: true}
	r.open(serial)
	r.want(payments.Tendering, "")
	r.sealed = false
	r.run()
	r.want(payments.Tendering, "qr-ordered, ask qr-order")
}

// TestAnEndThatOvertookTheClosingIsNotAskedFor: the journal takes both at last, and head
// office is not asked to close what is known to be paid.
func TestAnEndThatOvertookTheClosingIsNotAskedFor(t *testing.T) {
	r := newRig(t)
	r.answer(wire.OpQROrder, serial, waiting)
	r.sealed = true
	r.s.Finish(r.now, tender.ByCustomer, r)
	r.run()
	r.answer(wire.OpQRWait, serial, wire.QRState{Status: wire.QRPaid, Amount: 8640})
	r.want(payments.Tendering, "qr-ordered, ask qr-order, ask qr-wait")
	r.sealed = false
	r.run()
	r.want(payments.Posting, "qr-ordered, ask qr-order, ask qr-wait, qr-closing, drop qr-order, drop qr-wait, ask qr-close, qr-paid, drop qr-close")
}

func TestCancelAsksALastTime(t *testing.T) {
	for name, c := range map[string]struct {
		end    wire.QRState
		status payments.Status
		event  string
	}{
		"not paid": {wire.QRState{Status: wire.QRNotPaid}, payments.Cancelled, ", qr-not-paid"},
		"paid":     {wire.QRState{Status: wire.QRPaid, Amount: 8640}, payments.Posting, ", qr-paid"},
		"another sum": {
			wire.QRState{Status: wire.QRPaid, Amount: 8641}, payments.Undoing, "",
		},
		"closing": {wire.QRState{Status: wire.QRClosing}, payments.Undoing, ""},
		"unknown": {wire.QRState{Status: wire.QRUnknown}, payments.Disputed, ", qr-unknown"},
	} {
		r := newRig(t)
		r.answer(wire.OpQROrder, serial, waiting)
		r.s.Finish(r.now, tender.ByCustomer, r)
		r.s.Finish(r.now, tender.ByCustomer, r)
		r.run()
		again := r.answer(wire.OpQRClose, serial, c.end)
		if again != (c.event == "") {
			t.Errorf("%s: again %v", name, again)
		}
		r.want(c.status, "qr-ordered, ask qr-order, ask qr-wait, qr-closing, drop qr-order, drop qr-wait, ask qr-close"+c.event)
	}
}

func TestTimeIsOver(t *testing.T) {
	r := newRig(t)
	if w := r.s.Wake(r.now, r, time.Second); !w.Equal(r.now.Add(PlacingLife)) {
		t.Errorf("wakes in %v", w.Sub(r.now))
	}
	r.answer(wire.OpQROrder, serial, waiting)
	r.now = r.now.Add(298 * time.Second)
	r.run()
	r.want(payments.Tendering, "qr-ordered, ask qr-order, ask qr-wait")
	r.now = r.now.Add(time.Second)
	r.run()
	if r.txns[serial].QR.Reason != "timeout" {
		t.Errorf("reason %q", r.txns[serial].QR.Reason)
	}

	r = newRig(t) // no code to show comes
	r.now = r.now.Add(PlacingLife)
	r.run()
	if r.txns[serial].QR.Reason != "no-code" || r.txns[serial].Status() != payments.Undoing {
		t.Errorf("%s because of %q", r.txns[serial].Status(), r.txns[serial].QR.Reason)
	}
}

// TestAPayCodeTakesTheOrdersPlace: the order that is shown is closed, and the same
// payment opened again.
func TestAPayCodeTakesTheOrdersPlace(t *testing.T) {
	r := newRig(t)
	r.answer(wire.OpQROrder, serial, waiting)
	r.scan("1000000001")
	if f := r.s.Face(r.txns[serial]); f.Refused != "no-pay-code" {
		t.Errorf("face %+v", f)
	}
	r.scan(payCode)
	r.answer(wire.OpQRClose, serial, wire.QRState{Status: wire.QRNotPaid})
	r.want(payments.Cancelled, "qr-ordered, ask qr-order, ask qr-wait, qr-closing, drop qr-order, drop qr-wait, ask qr-close, qr-not-paid, again")

	second := "10000001000000000009"
	r.open(second)
	if m := r.txns[second].QR.Mode; m != qr.Scanned {
		t.Errorf("mode %q", m)
	}
	r.answer(wire.OpQROrder, second, wire.QRState{Status: wire.QRPassword})
	if f := r.s.Face(r.txns[second]); !f.Busy || f.Scans {
		t.Errorf("face %+v", f)
	}
	r.answer(wire.OpQRWait, second, wire.QRState{Status: wire.QRPaid, Amount: 8640})
	if s := r.txns[second].Status(); s != payments.Posting {
		t.Errorf("%s", s)
	}
}

// TestAnOldPayCodeIsForgotten: the closing took too long, or it was paid meanwhile.
func TestAnOldPayCodeIsForgotten(t *testing.T) {
	r := newRig(t)
	r.answer(wire.OpQROrder, serial, waiting)
	r.scan(payCode)
	r.now = r.now.Add(CodeLife)
	r.run()
	r.answer(wire.OpQRClose, serial, wire.QRState{Status: wire.QRNotPaid})
	r.want(payments.Cancelled, "qr-ordered, ask qr-order, ask qr-wait, qr-closing, drop qr-order, drop qr-wait, ask qr-close, qr-not-paid")

	r = newRig(t)
	r.answer(wire.OpQROrder, serial, waiting)
	r.scan(payCode)
	r.answer(wire.OpQRClose, serial, wire.QRState{Status: wire.QRPaid, Amount: 8640})
	r.want(payments.Posting, "qr-ordered, ask qr-order, ask qr-wait, qr-closing, drop qr-order, drop qr-wait, ask qr-close, qr-paid")
	if r.s.payCode != "" {
		t.Error("the payment code is kept")
	}
}

// TestAPayCodeIsNotForTheNextCustomer: who showed it left before the order that it was to
// take the place of had its end.
func TestAPayCodeIsNotForTheNextCustomer(t *testing.T) {
	r := newRig(t)
	r.answer(wire.OpQROrder, serial, waiting)
	r.scan(payCode)
	next := "10000001000000000009"
	r.open(next)
	if m := r.txns[next].QR.Mode; m != qr.Shown || r.s.payCode != "" {
		t.Errorf("the order of the next customer is %s, a code is held: %v", m, r.s.payCode != "")
	}
}

func TestARefusedPostingIsRefunded(t *testing.T) {
	for status, want := range map[wire.QRStatus]payments.Status{wire.QRRefunded: payments.Undone, wire.QRKept: payments.Owed, wire.QRRefunding: payments.Undoing} {
		r := newRig(t)
		r.answer(wire.OpQROrder, serial, wire.QRState{Status: wire.QRPaid, Amount: 8640})
		r.did = nil
		r.refuse()
		again := r.answer(wire.OpQRRefund, serial, wire.QRState{Status: status, Amount: 8640})
		did := "qr-refund-ordered, ask qr-refund, qr-refund-answered"
		if again {
			did = "qr-refund-ordered, ask qr-refund"
		}
		if again != (status == wire.QRRefunding) {
			t.Errorf("%s: again %v", status, again)
		}
		r.want(want, did)
	}
}

// TestAfterARestart: an order that was open is closed; what was closing or going back
// is asked about again by the table's act.
func TestAfterARestart(t *testing.T) {
	r := newRig(t)
	r.answer(wire.OpQROrder, serial, waiting)
	r.did, r.s = nil, New(true)
	if err := r.s.Recover(r.now, nil, r); err != nil {
		t.Fatal(err)
	}
	r.run()
	r.want(payments.Undoing, "qr-closing, drop qr-order, drop qr-wait, ask qr-close")

	r.did, r.s = nil, New(true)
	if err := r.s.Recover(r.now, nil, r); err != nil {
		t.Fatal(err)
	}
	r.do(r.s.Undo(r.now, r.txns[serial]))
	r.run()
	r.answer(wire.OpQRClose, serial, wire.QRState{Status: wire.QRPaid, Amount: 8640})
	r.want(payments.Posting, "ask qr-close, qr-paid")

	r.did = nil
	r.refuse()
	r.want(payments.Undoing, "qr-refund-ordered, ask qr-refund")
	r.did, r.s = nil, New(true)
	if err := r.s.Recover(r.now, nil, r); err != nil {
		t.Fatal(err)
	}
	r.do(r.s.Undo(r.now, r.txns[serial]))
	r.run()
	r.answer(wire.OpQRRefund, serial, wire.QRState{Status: wire.QRRefunded, Amount: 8640})
	r.want(payments.Undone, "ask qr-refund, qr-refund-answered")
}

func TestPayCodes(t *testing.T) {
	for code, want := range map[string]bool{
		payCode: true, "134567890123456789": true, "6212345678901234567": true,
		"1000000001": false, "161234567890123456": false, "28123456789012345x": false, strings.Repeat("28", 13): false, "": false,
	} {
		if IsPayCode(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}
