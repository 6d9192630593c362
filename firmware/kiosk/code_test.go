package kiosk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/tender"
	code "wattkiosk/firmware/tender/qr"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/wire"
)

// due is what the customer of these tests pays, in fen.
const due money.Amount = 12850

// newCodeRig is a kiosk at which bills are paid by QR code too.
func newCodeRig(t *testing.T) *rig {
	cfg := config
	cfg.Profile = profile.Lobby()
	cfg.Profile.Cells = append(cfg.Profile.Cells, profile.Cell{Service: profile.PayBill, Tender: profile.QR, Needs: condition.PayBill})
	of := map[payments.Tender]kind{
		profile.Cash: kinds[profile.Cash],
		profile.QR:   {station: func(Config) (tender.Station, error) { return code.New(true), nil }},
	}

	return newRigWith(t, cfg, of)
}

// beginCode opens a payment by code and returns its serial.
func (r *rig) beginCode() string {
	r.t.Helper()
	r.c.visit = visit.CashClosed(r.c.visit, r.now)
	r.c.visit.Tender = profile.QR
	r.c.visit.Quote = paybill.Quote{Account: "1000000001", Online: true, Arrears: money.Known(due), Limit: due}
	r.out = nil
	r.c.begin(opening(r.c.visit, r.c.cfg.BankPosts, r.c.now))
	r.do(Tick{})

	return r.c.live.txn.Serial
}

// openCode opens a payment by code and answers the order with a code to show. It
// returns the serial.
func (r *rig) openCode() string {
	r.t.Helper()
	serial := r.beginCode()
	a := r.request(wire.OpQROrder, serial)
	if r.count("qr-ordered") != 1 {
		r.t.Fatal("the order left before its record")
	}
	r.reply(a, wire.QRState{Serial: serial, Status: wire.QRWaiting, Code: "https://pay.test/1", LeftMS: 300000, Amount: due})

	return serial
}

// request is the newest question to head office, which must be about this.
func (r *rig) request(op wire.Op, serial string) Ask {
	r.t.Helper()
	a, ok := last[Ask](r)
	if !ok || a.Op != op {
		r.t.Fatalf("head office was asked %q (%v), want %q about %s", a.Op, ok, op, serial)
	}

	return a
}

// status is that of a payment, read back from its records.
func (r *rig) status(serial string) payments.Status {
	r.t.Helper()
	t, err := r.c.money.fold(serial)
	if err != nil {
		r.t.Fatal(err)
	}

	return t.Status()
}

// TestACodeIsPaid: a payment by code goes from the order to the posting and the slip.
func TestACodeIsPaid(t *testing.T) {
	r := newCodeRig(t)
	serial := r.openCode()
	if f := r.c.machine().Face; f.Code != "https://pay.test/1" || !f.Scans || !r.c.out.scanning {
		t.Errorf("the page is told %+v; the scanner reports: %v", f, r.c.out.scanning)
	}

	r.reply(r.request(wire.OpQRWait, serial), wire.QRState{Serial: serial, Status: wire.QRPaid, Amount: due, Acquirer: "alipay", Reference: "A1"})
	if s := r.status(serial); s != payments.Posting {
		t.Fatalf("paid: %s", s)
	}
	r.reply(r.request(wire.OpPost, serial), posted(serial, due))
	if s := r.status(serial); s != payments.Posted || len(r.c.Status().Open) != 0 {
		t.Errorf("posted: %s, %d open", s, len(r.c.Status().Open))
	}
	r.screen(page.Done)
}

// TestACodeThatNobodyWaitsForIsClosed: a customer who leaves has the order closed, over
// a power cut, until head office knows its end.
func TestACodeThatNobodyWaitsForIsClosed(t *testing.T) {
	r := newCodeRig(t)
	serial := r.openCode()
	r.out = nil
	r.c.finish(profile.QR, tender.ByCustomer)
	r.do(Tick{})
	r.screen(page.Processing)
	if s := r.status(serial); s != payments.Undoing {
		t.Fatalf("closing: %s", s)
	}
	r.request(wire.OpQRClose, serial)

	r.restart()
	r.do(Link{Up: true})
	if s := r.c.Status().Open; len(s) != 1 || s[0].Serial != serial {
		t.Fatalf("after a power cut %d are open", len(s))
	}
	r.reply(r.request(wire.OpQRClose, serial), wire.QRState{Serial: serial, Status: wire.QRNotPaid, Amount: due, Reason: "closed"})
	if s := r.status(serial); s != payments.Cancelled || len(r.c.Status().Open) != 0 {
		t.Errorf("closed: %s, %d open", s, len(r.c.Status().Open))
	}
}

// TestAPaidCodeThatIsNotPostedGoesBack: the refund is ordered once the refusal is
// durable, and nothing is asked about the bill afterwards.
func TestAPaidCodeThatIsNotPostedGoesBack(t *testing.T) {
	r := newCodeRig(t)
	serial := r.openCode()
	r.reply(r.request(wire.OpQRWait, serial), wire.QRState{Serial: serial, Status: wire.QRPaid, Amount: due, Acquirer: "wechat", Reference: "W1"})
	r.reply(r.request(wire.OpPost, serial), wire.PostState{Serial: serial, Status: wire.PostOwed})
	if s := r.status(serial); s != payments.Undoing || r.count("qr-refund-ordered") != 1 {
		t.Fatalf("refused: %s, %d refunds", s, r.count("qr-refund-ordered"))
	}

	r.reply(r.request(wire.OpQRRefund, serial), wire.QRState{Serial: serial, Status: wire.QRRefunded, Amount: due, Reason: "posting-refused"})
	if s := r.status(serial); s != payments.Undone || len(r.c.Status().Open) != 0 {
		t.Errorf("refunded: %s, %d open", s, len(r.c.Status().Open))
	}
	r.now = r.now.Add(outcomeEvery + time.Hour)
	r.out = nil
	r.do(Tick{})
	if a, ok := last[Ask](r); ok {
		t.Errorf("head office is asked %q about what went back", a.Op)
	}
}

// TestACodeOnTheTelephoneTakesOver: a payment code that is scanned ends the order whose
// code is shown, and opens the payment again.
func TestACodeOnTheTelephoneTakesOver(t *testing.T) {
	r := newCodeRig(t)
	first := r.openCode()
	r.out = nil
	r.do(Scanner{scanner.Event{Kind: scanner.Scanned, Code: "280000000000000018"}})
	r.reply(r.request(wire.OpQRClose, first), wire.QRState{Serial: first, Status: wire.QRNotPaid, Amount: due, Reason: "closed"})

	if s := r.status(first); s != payments.Cancelled {
		t.Errorf("the first is %s", s)
	}
	second := r.c.live.txn
	if second.Serial == first || second.Account != "1000000001" || r.count("opened") != 2 {
		t.Fatalf("%d payments were opened; the second is %+v", r.count("opened"), second)
	}
	r.request(wire.OpQROrder, second.Serial)

	var events []string
	recs, err := r.j.Txn(second.Serial)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recs {
		events = append(events, rec.Type)
	}
	if !slices.Equal(events, []string{"opened", "qr-ordered"}) {
		t.Errorf("the second has %q", events)
	}
}

// TestATelephoneIsReadTwice: a scanner that reads the same telephone again does not end
// the collection that it began.
func TestATelephoneIsReadTwice(t *testing.T) {
	r := newCodeRig(t)
	first := r.openCode()
	r.out = nil
	telephone := Scanner{scanner.Event{Kind: scanner.Scanned, Code: "280000000000000018"}}
	r.do(telephone)
	r.reply(r.request(wire.OpQRClose, first), wire.QRState{Serial: first, Status: wire.QRNotPaid, Amount: due, Reason: "closed"})

	r.do(telephone)
	if s := r.status(r.c.live.txn.Serial); s != payments.Tendering || r.count("opened") != 2 {
		t.Errorf("the collection is %s; %d payments were opened", s, r.count("opened"))
	}
}

// TestATelephonePaysForNobodyElse: the line fails once a telephone was scanned, and its
// customer leaves. The next customer's payment is not taken from that telephone.
func TestATelephonePaysForNobodyElse(t *testing.T) {
	r := newCodeRig(t)
	r.openCode()
	r.do(Scanner{scanner.Event{Kind: scanner.Scanned, Code: "280000000000000018"}})
	r.do(Link{Up: false})
	r.screen(page.Failed)
	r.touch("finish")
	r.now = r.now.Add(code.CodeLife / 2)
	r.do(Link{Up: true})

	recs, err := r.j.Txn(r.beginCode())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(recs[len(recs)-1].Payload); !strings.Contains(got, `"mode":"shown"`) {
		t.Errorf("the next customer's order is %s", got)
	}
}

// TestAWordThatTheJournalRefusedIsTakenLater: a journal without space at the moment of
// head office's word stops the kiosk only for as long.
func TestAWordThatTheJournalRefusedIsTakenLater(t *testing.T) {
	r := newCodeRig(t)
	serial := r.openCode()
	r.j.Full(true)
	r.reply(r.request(wire.OpQRWait, serial), wire.QRState{Serial: serial, Status: wire.QRPaid, Amount: due, Acquirer: "alipay", Reference: "A1"})
	if s := r.status(serial); s != payments.Tendering {
		t.Fatalf("without space: %s", s)
	}
	r.now = r.now.Add(retryJournal)
	r.do(Tick{})

	r.j.Full(false)
	r.now = r.now.Add(retryJournal)
	r.do(Tick{})
	if s := r.status(serial); s != payments.Posting || r.c.log.broken != nil {
		t.Errorf("with space again: %s, %v", s, r.c.log.broken)
	}
}

// TestARefusedCodeSaysWhy, and only a reason that is one of the customer's own stays
// unsaid.
func TestARefusedCodeSaysWhy(t *testing.T) {
	for reason, want := range map[string]string{
		"bad-code": "付款码已过期或已用过，请刷新手机上的付款码后重试。您可以换一种方式缴费。", "no-funds": "手机账户余额不足。您可以换一种方式缴费。",
		"closed": "账户没有变化。欢迎再次使用。", "": "账户没有变化。欢迎再次使用。",
	} {
		r := newCodeRig(t)
		serial := r.openCode()
		r.reply(r.request(wire.OpQRWait, serial), wire.QRState{Serial: serial, Status: wire.QRNotPaid, Amount: due, Reason: reason})
		if got, _ := r.c.View().Field("next_text").(string); got != want || r.status(serial) != payments.Cancelled {
			t.Errorf("%q: the customer reads %q, the payment is %s", reason, got, r.status(serial))
		}
	}
}
