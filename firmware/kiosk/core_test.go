package kiosk

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/questions"
	till "wattkiosk/firmware/tender/cash"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

var config = Config{
	Terminal: "10000001", Version: "test", Hotline: "95598", Zone: time.UTC, Lang: receipt.Chinese,
	Denominations: []money.Amount{1000, 2000, 5000, 10000}, MaxTotal: 500000, BillCode: billCode,
}

// rig is a core with what came out of it.
type rig struct {
	t     *testing.T
	cfg   Config
	j     *journaltest.Memory
	c     *Core
	now   time.Time
	out   []Effect
	all   []Effect     // also those that a test has forgotten
	trust record.Trust // of the clock
	shy   bool         // the validator does not open

	of map[payments.Tender]kind // of a terminal whose services and tenders are not all built; nil: it is checked
}

func newRig(t *testing.T) *rig { return newRigOf(t, config) }

func newRigOf(t *testing.T, cfg Config) *rig { return newRigWith(t, cfg, nil) }

func newRigWith(t *testing.T, cfg Config, of map[payments.Tender]kind) *rig {
	r := &rig{t: t, now: t0, cfg: cfg, of: of, trust: record.Synchronised}
	r.j = journaltest.NewMemory(journal.Options{
		Kiosk: config.Terminal, Clock: func() time.Time { return r.now }, Trust: func() record.Trust { return r.trust }, Pinned: Pinned,
	})
	r.start()
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}})
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	return r
}

func (r *rig) start() {
	r.t.Helper()
	c, out, err := New(r.cfg, r.j, r.now)
	if r.of != nil {
		c, out, err = newCore(r.cfg, r.j, r.now, r.of)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.c, r.out = c, out
}

// restart is a power cut: a new core over the same journal.
func (r *rig) restart() {
	r.t.Helper()
	r.j = r.j.Reopen()
	r.start()
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}})
}

func (r *rig) do(e Event) { r.came(r.c.Handle(r.now, e)) }

// came keeps what the core asked for. The validator of these tests opens when it is
// tried while nobody is there.
func (r *rig) came(out []Effect) {
	r.out, r.all = append(r.out, out...), append(r.all, out...)
	for _, e := range out {
		if o, ok := e.(OrderValidator); ok && o.Op == bill.Enable && r.c.live == nil && !r.shy {
			r.validator(bill.Idling, 0)
			r.validator(bill.Disabled, 0)
		}
	}
}

func (r *rig) touch(name string, args ...string) {
	r.t.Helper()
	i := page.Intent{Rev: r.c.View().Rev, Name: name, Args: map[string]string{}}
	for k := 0; k+1 < len(args); k += 2 {
		i.Args[args[k]] = args[k+1]
	}
	out, err := r.c.Touch(r.now, i)
	r.came(out)
	if err != nil {
		r.t.Fatalf("%s on %s: %v", name, r.c.View().Screen, err)
	}
}

func (r *rig) validator(k bill.Kind, fen int64) { r.do(Validator{bill.Event{Kind: k, Value: fen}}) }

func (r *rig) screen(want page.Screen) {
	r.t.Helper()
	if got := r.c.View().Screen; got != want {
		r.t.Fatalf("screen %s, want %s (blocks %v)", got, want, r.c.Status().Blocks)
	}
}

// last returns the newest effect of a type and forgets all effects before it.
func last[E Effect](r *rig) (E, bool) {
	var zero E
	for i := len(r.out) - 1; i >= 0; i-- {
		if e, ok := r.out[i].(E); ok {
			r.out = r.out[i+1:]
			return e, true
		}
	}
	return zero, false
}

func (r *rig) ordered(want bill.Op) {
	r.t.Helper()
	if e, ok := last[OrderValidator](r); !ok || e.Op != want {
		r.t.Fatalf("validator was told %v (%v), want %v", e.Op, ok, want)
	}
}

func (r *rig) answer(body any) {
	r.t.Helper()
	a, ok := last[Ask](r)
	if !ok {
		r.t.Fatal("head office was not asked")
	}
	b, _ := json.Marshal(body)
	r.do(Reply{wire.Reply{V: 1, ID: a.ID, Body: b}})
}

// answerPosted answers the open order as posted. It is found without forgetting
// the effects before it.
func (r *rig) answerPosted(fen money.Amount) {
	r.t.Helper()
	for _, e := range r.out {
		if a, ok := e.(Ask); ok && a.Op == wire.OpPost {
			var order wire.PostBody
			_ = json.Unmarshal(a.Body, &order)
			b, _ := json.Marshal(posted(order.Serial, fen))
			r.do(Reply{wire.Reply{V: 1, ID: a.ID, Body: b}})
			return
		}
	}
	r.t.Fatal("no order was sent")
}

func (r *rig) toCash() {
	r.t.Helper()
	r.touch("start")
	r.touch("pay-bill")
	r.touch("account", "number", "1000000001")
	r.answer(wire.VerifyResult{Payable: true, Account: "1000000001", Name: "张**", Arrears: 12850})
	r.screen(page.ConfirmAccount)
	r.touch("confirm")
	r.touch("tender", "kind", "cash")
	r.screen(page.InsertCash)
	r.ordered(bill.Enable)
	r.validator(bill.Idling, 0)
}

func (r *rig) note(fen int64) {
	r.t.Helper()
	r.validator(bill.Accepting, 0)
	r.validator(bill.Escrowed, fen)
	r.ordered(bill.Stack)
	r.validator(bill.Stacking, 0)
	r.validator(bill.Stacked, fen)
	r.ordered(bill.Confirm)
	r.validator(bill.Idling, 0)
}

func (r *rig) finish() {
	r.t.Helper()
	r.touch("finish-cash")
	r.ordered(bill.Disable)
	r.screen(page.Processing)
	r.validator(bill.Disabled, 0)
}

func (r *rig) count(recordType string) (n int) {
	_ = r.j.Each(r.j.First(), func(rec record.Record) error {
		if rec.Type == recordType {
			n++
		}
		return nil
	})
	return n
}

func posted(serial string, fen money.Amount) wire.PostState {
	return wire.PostState{Serial: serial, Status: wire.PostPosted, Code: "1001", Reference: "M1", ToArrears: fen}
}

func TestPayment(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.note(2000)
	r.note(1000)
	if got := r.c.View().Field("total_text"); got != "130.00" {
		t.Errorf("total on screen: %v", got)
	}
	r.finish()
	a, _ := last[Ask](r)
	var order wire.PostBody
	if err := json.Unmarshal(a.Body, &order); err != nil || order.Amount != 13000 || order.Account != "1000000001" {
		t.Fatalf("order %+v, %v", order, err)
	}
	b, _ := json.Marshal(wire.PostState{Serial: order.Serial, Status: wire.PostPosted, ToArrears: 12850, ToAdvance: 150, Reference: "M1"})
	r.do(Reply{wire.Reply{V: 1, ID: a.ID, Body: b}})
	r.screen(page.Done)
	job, ok := last[Print](r)
	if !ok || job.ID != order.Serial+"/1" {
		t.Fatalf("print job %q", job.ID)
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}})
	if f := r.c.View(); f.Field("to_advance_text") != "1.50" || f.Field("slip") != "printed" || f.Field("result") != "paid" {
		t.Errorf("fields %v", f)
	}
	if got := r.c.Status().Cash.Inside(); got != (cassette.Tally{Notes: 3, Total: 13000}) {
		t.Errorf("cassette %+v", got)
	}
	r.touch("finish")
	r.screen(page.Idle)
	if n := len(r.c.Status().Open); n != 0 {
		t.Errorf("%d open transactions", n)
	}
}

func TestNoEffectBeforeItsRecord(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.j.Full(true)
	r.validator(bill.Escrowed, 10000)
	r.ordered(bill.Return) // not journaled, so not stacked
	r.validator(bill.Returned, 10000)
	r.j.Full(false)
	r.now = r.now.Add(retryJournal)
	r.do(Tick{})
	r.note(10000)

	r.validator(bill.Escrowed, 2000)
	r.ordered(bill.Stack)
	r.j.Full(true)
	r.validator(bill.Stacked, 2000)
	if e, ok := last[OrderValidator](r); ok {
		t.Fatalf("the device was told %v before the credit was durable", e.Op)
	}
	r.now = r.now.Add(retryJournal)
	r.do(Tick{})
	r.j.Full(false)
	r.now = r.now.Add(retryJournal)
	r.do(Tick{})
	r.ordered(bill.Confirm)
	if got := r.c.Status().Cash.Inside(); got != (cassette.Tally{Notes: 2, Total: 12000}) {
		t.Errorf("cassette %+v", got)
	}
}

// TestReportsBehindAFullDiskAreBounded: a device that keeps coming up anew while
// the journal takes nothing must not fill the memory.
func TestReportsBehindAFullDiskAreBounded(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.validator(bill.Escrowed, 2000)
	r.j.Full(true)
	for range 1000 {
		r.validator(bill.PoweredUp, 0) // "no note" settles the note, and cannot be journaled
	}
	if n := r.c.places.waiting(); n != 1 {
		t.Errorf("%d reports wait, want 1: they all say the same", n)
	}
	for range 100 {
		r.validator(bill.PoweredUpInStacker, 0)
	}
	if n := r.c.places.waiting(); n != 64 {
		t.Errorf("%d reports wait, want 64", n)
	}
	if e, ok := last[Restart](r); !ok || !errors.Is(e.Err, till.ErrReports) {
		t.Errorf("past the bound: %v", e.Err)
	}
}

// TestReturnedIsConfirmedOnceItIsDurable: the driver may forget a returned note
// only when the journal has it.
func TestReturnedIsConfirmedOnceItIsDurable(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.validator(bill.Escrowed, 2000)
	r.ordered(bill.Stack)
	r.j.Full(true)
	r.validator(bill.Returned, 2000)
	if e, ok := last[OrderValidator](r); ok {
		t.Fatalf("the device was told %v before the return was durable", e.Op)
	}
	r.j.Full(false)
	r.now = r.now.Add(retryJournal)
	r.do(Tick{})
	r.ordered(bill.Confirm)
	if got := r.c.Status().Cash.Inside(); got != (cassette.Tally{}) {
		t.Errorf("cassette %+v", got)
	}
}

// TestAFullDiskWhileClosingSleeps: a stacked report that waits for the journal
// must not make the loop spin once the patience for the note is over.
func TestAFullDiskWhileClosingSleeps(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.validator(bill.Escrowed, 2000)
	r.j.Full(true)
	r.validator(bill.Stacked, 2000)
	r.now = r.now.Add(visit.Patience)
	r.do(Tick{})
	r.now = r.now.Add(visit.AskFor)
	r.do(Tick{})
	r.now = r.now.Add(till.NotePatience)
	r.do(Tick{})
	if w := r.c.Wake(); !w.After(r.now) {
		t.Fatalf("wakes at %v, now is %v", w, r.now)
	}
	r.j.Full(false)
	r.now = r.now.Add(retryJournal)
	r.do(Tick{})
	if got := r.c.Status().Cash.Inside(); got != (cassette.Tally{Notes: 1, Total: 2000}) {
		t.Errorf("cassette %+v", got)
	}
}

func TestBrokenJournalAsksForANewProcess(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.j.CutAfter(1, false)
	r.validator(bill.Escrowed, 10000)
	if _, ok := last[Restart](r); !ok {
		t.Error("no restart was asked for")
	}
}

// TestPowerCutAtEachStage cuts between any two steps of a payment of one note and
// lets the device say what it would say; the credit must be as stated.
func TestPowerCutAtEachStage(t *testing.T) {
	type said struct {
		kind bill.Kind
		fen  int64
	}
	for _, c := range []struct {
		name     string
		before   func(r *rig)
		says     []said
		credited money.Amount
		status   payments.Status
		cases    int
	}{
		{"no note yet", func(*rig) {}, []said{{bill.Disabled, 0}}, 0, payments.Cancelled, 0},
		{"accepted, device kept power and holds it", accepted, []said{{bill.Escrowed, 10000}, {bill.Returned, 10000}, {bill.Disabled, 0}}, 0, payments.Cancelled, 0},
		{"accepted, device restarted with it in its path", accepted, []said{{bill.PoweredUpInValidator, 0}, {bill.Returned, 0}, {bill.Disabled, 0}}, 0, payments.Cancelled, 0},
		{"accepted, device restarted with it in the cassette", accepted, []said{{bill.PoweredUpInStacker, 0}, {bill.Disabled, 0}}, 10000, payments.Posting, 0},
		{"accepted, device stacked it meanwhile", accepted, []said{{bill.Stacked, 10000}, {bill.Disabled, 0}}, 10000, payments.Posting, 0},
		{"accepted, device forgot it", accepted, []said{{bill.PoweredUp, 0}, {bill.Disabled, 0}}, 0, payments.Disputed, 1},
		{"credited, device repeats it", credited, []said{{bill.Stacked, 10000}, {bill.Disabled, 0}}, 10000, payments.Posting, 0},
		{"credited, device restarted", credited, []said{{bill.PoweredUpInStacker, 0}, {bill.Disabled, 0}}, 10000, payments.Posting, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.toCash()
			c.before(r)
			r.restart()
			r.screen(page.Processing)
			for _, s := range c.says {
				r.validator(s.kind, s.fen)
			}
			if r.c.money.last.Total() != c.credited || r.c.money.last.Status() != c.status {
				t.Errorf("credited %s, %s; want %s, %s", r.c.money.last.Total(), r.c.money.last.Status(), c.credited, c.status)
			}
			if got := r.count("note-unresolved"); got != c.cases {
				t.Errorf("%d unresolved notes, want %d", got, c.cases)
			}
			if n := r.count("stray-note"); n != 0 {
				t.Errorf("%d stray notes", n)
			}
			if got := r.c.Status().Cash.Inside().Total; got != c.credited {
				t.Errorf("cassette %s", got)
			}
		})
	}
}

func accepted(r *rig) {
	r.validator(bill.Escrowed, 10000)
	r.ordered(bill.Stack)
}

func credited(r *rig) {
	accepted(r)
	r.validator(bill.Stacked, 10000)
	r.ordered(bill.Confirm)
}

func TestLostReplyIsAskedAgainWithTheSameSerial(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	first, _ := last[Ask](r)
	r.now = r.now.Add(postTTL)
	r.do(Expired{ID: first.ID})
	r.now = r.now.Add(resultPatience)
	r.do(Tick{})
	r.screen(page.Done)
	if f := r.c.View(); f.Field("result") != "pending" {
		t.Errorf("result %v", f.Field("result"))
	}
	second, ok := last[Ask](r)
	if !ok {
		r.now = r.now.Add(questions.MaxWait)
		r.do(Tick{})
		second, ok = last[Ask](r)
	}
	if !ok || second.ID == first.ID || string(second.Body) != string(first.Body) {
		t.Fatalf("second %s %s, first %s %s", second.ID, second.Body, first.ID, first.Body)
	}
	var body wire.PostBody
	_ = json.Unmarshal(second.Body, &body)
	b, _ := json.Marshal(posted(body.Serial, 10000))
	r.do(Reply{wire.Reply{V: 1, ID: first.ID, Body: b}}) // too late: nobody waits for it
	if len(r.c.Status().Open) != 1 {
		t.Error("a reply to an expired request was taken")
	}
	r.do(Reply{wire.Reply{V: 1, ID: second.ID, Body: b}})
	if len(r.c.Status().Open) != 0 {
		t.Error("still open")
	}
}

func TestOfflineNeedsAPolicyAndKeepsItsLimits(t *testing.T) {
	r := newRig(t)
	r.do(Link{Up: false})
	r.screen(page.OutOfService)
	policy := wire.Policy{V: 1, Kiosk: "*", Serial: 1, Expires: t0.Add(time.Hour).UnixMilli(), OfflinePay: true, PerTxn: 20000, PerAccount: 25000, Total: 30000}
	r.do(NewPolicy{policy})
	r.screen(page.Idle)
	pay := func(account string, notes ...int64) {
		r.touch("start")
		r.touch("pay-bill")
		r.touch("account", "number", account)
		r.screen(page.ConfirmAccount)
		r.touch("confirm")
		r.touch("tender", "kind", "cash")
		r.validator(bill.Idling, 0)
		for _, n := range notes {
			r.note(n)
		}
	}
	pay("1000000001", 10000, 5000)
	r.validator(bill.Escrowed, 10000)
	r.ordered(bill.Return) // over per_txn
	r.validator(bill.Returned, 10000)
	r.validator(bill.Idling, 0)
	r.finish()
	r.screen(page.Done)
	if f := r.c.View(); f.Field("result") != "pending" {
		t.Errorf("result %v", f.Field("result"))
	}
	r.touch("finish")
	pay("1000000001", 5000)
	r.validator(bill.Escrowed, 10000)
	r.ordered(bill.Return) // over per_account
	r.validator(bill.Returned, 10000)
	r.validator(bill.Idling, 0)
	r.finish()
	r.touch("finish")
	if got := r.c.offline.limit("1000000002", r.now, r.c.money.unfinished()); got != 10000 {
		t.Errorf("left of the kiosk's total: %s", got)
	}
	r.out = nil
	r.do(Link{Up: true})
	asked := map[string]bool{}
	for _, e := range r.out {
		if a, ok := e.(Ask); ok {
			asked[string(a.Body)] = true
		}
	}
	if len(asked) != 2 {
		t.Errorf("%d postings asked for when the line returned, want 2", len(asked))
	}
	r.now = t0.Add(2 * time.Hour)
	r.do(Link{Up: false})
	if got := r.c.offline.limit("1000000002", r.now, r.c.money.unfinished()); got != 0 {
		t.Errorf("an expired policy still allows %s", got)
	}
}

func TestNoMoneyIsTakenWithoutAPrinter(t *testing.T) {
	r := newRig(t)
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperOut}}})
	r.screen(page.OutOfService)
	if got := r.count("alarm"); got != 1 {
		t.Errorf("%d alarms", got)
	}
}

// TestLostMainsLetTheCustomerFinish: notes that are on their way are taken and
// posted; nobody new begins.
func TestLostMainsLetTheCustomerFinish(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.do(Mains{Lost: true})
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	r.screen(page.Done)
	r.touch("finish")
	r.screen(page.OutOfService)
	if b := r.c.Status().Blocks; !slices.Equal(b, []string{"mains"}) {
		t.Errorf("blocks %v", b)
	}
	if got := r.count("alarm"); got != 1 {
		t.Errorf("%d alarms", got)
	}
	r.do(Mains{})
	r.screen(page.Idle)
}

func TestInputsOfTheCabinet(t *testing.T) {
	for _, c := range []struct {
		name   string
		blocks []string
		alarms int
	}{{"door", []string{"door"}, 1}, {"safe-door", []string{"door"}, 1}, {"tamper", []string{"tamper"}, 1}, {"vibration", nil, 1}, {"staff-button", nil, 0}} {
		r := newRig(t)
		r.do(Door{Name: c.name, Open: true})
		if b := r.c.Status().Blocks; !slices.Equal(b, c.blocks) || r.count("alarm") != c.alarms {
			t.Errorf("%s: blocks %v, %d alarms; want %v, %d", c.name, b, r.count("alarm"), c.blocks, c.alarms)
		}
	}
}

func TestRefusedPaymentIsOwedAndSaysSo(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	a, _ := last[Ask](r)
	var order wire.PostBody
	_ = json.Unmarshal(a.Body, &order)
	b, _ := json.Marshal(wire.PostState{Serial: order.Serial, Status: wire.PostOwed, Code: "1035", Text: "不支持部分缴费"})
	r.do(Reply{wire.Reply{V: 1, ID: a.ID, Body: b}})
	r.screen(page.Failed)
	job, _ := last[Print](r)
	found := false
	for _, l := range job.Page.Lines {
		found = found || l.Large && l.Text == "缴费未成功"
	}
	if !found {
		t.Errorf("the slip does not say that the money is owed: %+v", job.Page)
	}
}

func TestTimeoutAsksFirstAndThenFinishes(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.now = r.now.Add(visit.Patience)
	r.do(Tick{})
	if r.c.View().Field("asking") == nil {
		t.Fatal("did not ask")
	}
	r.touch("more-time")
	r.now = r.now.Add(visit.Patience)
	r.do(Tick{})
	r.now = r.now.Add(visit.AskFor)
	r.do(Tick{})
	r.screen(page.Processing)
	r.validator(bill.Disabled, 0)
	if r.c.money.last.Status() != payments.Posting || r.c.money.last.Total() != 10000 {
		t.Errorf("%s, %s", r.c.money.last.Status(), r.c.money.last.Total())
	}
}

func TestLightsFollowTheSlotAndTheSlip(t *testing.T) {
	r := newRig(t)
	r.toCash()
	if l, ok := last[Light](r); !ok || l != (Light{CashLight, true}) {
		t.Errorf("taking notes: %+v %v", l, ok)
	}
	r.note(10000)
	r.finish()
	if l, ok := last[Light](r); ok && l != (Light{CashLight, false}) || r.c.out.lights[CashLight] {
		t.Errorf("no more notes: %+v", l)
	}
	r.answerPosted(10000)
	if l, ok := last[Light](r); !ok || l != (Light{SlipLight, true}) {
		t.Errorf("slip: %+v %v", l, ok)
	}
	r.touch("finish")
	if l, ok := last[Light](r); !ok || l != (Light{SlipLight, false}) {
		t.Errorf("visit over: %+v %v", l, ok)
	}
}

func TestStaleIntentIsRefused(t *testing.T) {
	r := newRig(t)
	rev := r.c.View().Rev
	r.touch("start")
	_, err := r.c.Touch(r.now, page.Intent{Rev: rev, Name: "start"})
	var refused *page.Refused
	if !errors.As(err, &refused) || !refused.Stale {
		t.Errorf("got %v", err)
	}
}

func TestCopyNumbersNeverRepeat(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	a, _ := last[Ask](r)
	var order wire.PostBody
	_ = json.Unmarshal(a.Body, &order)
	b, _ := json.Marshal(posted(order.Serial, 10000))
	r.do(Reply{wire.Reply{V: 1, ID: a.ID, Body: b}})
	first, _ := last[Print](r)
	r.do(Printer{printer.Event{Kind: printer.Unsure, ID: first.ID}})
	r.touch("print", "yes", "true")
	second, _ := last[Print](r)
	if first.ID != order.Serial+"/1" || second.ID != order.Serial+"/2" {
		t.Errorf("jobs %q, %q", first.ID, second.ID)
	}
}

// TestTwoStillsOfASale: one when cash is opened, one when its notes are in; none of
// an end without notes, and none after a power cut.
func TestTwoStillsOfASale(t *testing.T) {
	stills := func(r *rig) (names []string) {
		for _, e := range r.all {
			if s, ok := e.(Still); ok {
				names = append(names, s.Name)
			}
		}
		return names
	}
	r := newRig(t)
	r.toCash()
	serial := r.c.Status().Open[0].Serial
	if got := stills(r); !slices.Equal(got, []string{serial + "-begin"}) {
		t.Errorf("opened: stills %v", got)
	}
	r.note(10000)
	r.note(2000)
	r.finish()
	if got := stills(r); !slices.Equal(got, []string{serial + "-begin", serial + "-end"}) {
		t.Errorf("closed: stills %v", got)
	}

	r = newRig(t)
	r.toCash()
	r.touch("cancel")
	r.validator(bill.Disabled, 0)
	if got := stills(r); len(got) != 1 {
		t.Errorf("closed without a note: stills %v", got)
	}

	r = newRig(t)
	r.toCash()
	r.note(10000)
	r.restart()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	if got := stills(r); len(got) != 1 {
		t.Errorf("closed after a power cut: stills %v", got)
	}
}

// TestHeatIsToldAndBlocksNothing: one alarm record for each way, with the reading.
func TestHeatIsToldAndBlocksNothing(t *testing.T) {
	r := newRig(t)
	r.do(Warning{Code: "smell", On: true})
	r.do(Warning{Code: TooHot, On: true, Detail: "61.5 °C"})
	r.do(Warning{Code: TooHot, On: true, Detail: "62.0 °C"})
	if b, w := r.c.Status().Blocks, r.c.Status().Warnings; len(b) != 0 || !slices.Equal(w, []string{"temperature"}) || r.count("alarm") != 1 {
		t.Errorf("blocks %v, warnings %v, %d alarms", b, w, r.count("alarm"))
	}
	r.do(Warning{Code: TooHot, Detail: "56.0 °C"})
	var last string
	_ = r.j.Each(1, func(rec record.Record) error { last = string(rec.Payload); return nil })
	if w := r.c.Status().Warnings; len(w) != 0 || r.count("alarm") != 2 || last != `{"code":"temperature","detail":"56.0 °C","on":false}` {
		t.Errorf("warnings %v, %d alarms, last %s", w, r.count("alarm"), last)
	}
}

// TestASlipThatNobodyTookIsJournaled: the customer was not given it; one that was
// taken is no news, and neither changes what the screen says.
func TestASlipThatNobodyTookIsJournaled(t *testing.T) {
	for _, c := range []struct {
		kind  printer.Kind
		slips int
	}{{printer.Taken, 2}, {printer.Retracted, 3}} {
		r := newRig(t)
		r.toCash()
		r.note(10000)
		r.finish()
		r.answerPosted(10000)
		job, ok := last[Print](r)
		if !ok {
			t.Fatal("nothing was printed")
		}
		r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}})
		r.do(Printer{printer.Event{Kind: c.kind, ID: job.ID}})
		r.do(Printer{printer.Event{Kind: printer.Retracted}}) // of a run before
		if f := r.c.View(); f.Field("slip") != "printed" || r.count("slip") != c.slips {
			t.Errorf("%v: slip %v, %d slip records, want %d", c.kind, f.Field("slip"), r.count("slip"), c.slips)
		}
	}
}

// TestAReprintIsMarked: the slip that failed is printed again as a copy with the next
// number, and says so.
func TestAReprintIsMarked(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	first, _ := last[Print](r)
	r.do(Printer{printer.Event{Kind: printer.Unsure, ID: first.ID, Detail: "cover open"}})
	r.touch("print", "yes", "true")
	second, ok := last[Print](r)
	if !ok || second.ID == first.ID {
		t.Fatalf("reprinted as %q after %q", second.ID, first.ID)
	}
	if a, b := pageText(first.Page), pageText(second.Page); strings.Contains(a, "补打 第") || !strings.Contains(b, "补打 第 2 份") {
		t.Errorf("the copy is not marked:\n%s", b)
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: second.ID}})
	if f := r.c.View(); f.Field("slip") != "printed" {
		t.Errorf("slip %v after the reprint", f.Field("slip"))
	}
}

func pageText(p printer.Page) string {
	var b strings.Builder
	for _, l := range p.Lines {
		b.WriteString(l.Text + l.Label + l.Value + "\n")
	}
	return b.String()
}
