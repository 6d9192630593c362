package appliance

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// BenchmarkStackedToScreen is the time from a validator's "stacked" to the screen
// that shows the new total, over the real journal: the record is on disk in
// between. The driver's poll interval (100 ms) and the browser come on top.
func BenchmarkStackedToScreen(b *testing.B) {
	j, err := journal.Open(journal.Options{
		Dir: b.TempDir(), Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC },
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			b.Error(err)
		}
	}()
	core, pending, err := kiosk.New(kiosk.Config{
		Terminal: "10000001", Zone: time.UTC, Lang: receipt.Chinese, Denominations: []money.Amount{100}, MaxTotal: 1 << 40,
	}, j, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	l := NewLoop(core, slog.New(slog.DiscardHandler), func() {})
	s := newShelf()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx, s, s, s, pending) }()
	send := func(e kiosk.Event) { l.Send(ctx, e) }
	send(kiosk.Printer{Event: printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}})
	send(kiosk.Validator{Event: bill.Event{Kind: bill.Disabled}})
	send(kiosk.Link{Up: true})
	toCash(b, l, s, send)

	changed, cancel := l.Subscribe()
	defer cancel()
	var took []time.Duration
	for b.Loop() {
		if n := len(took); n > 0 && n%notesAVisit == 0 {
			leave(b, l, s, send)
			toCash(b, l, s, send)
		}
		send(kiosk.Validator{Event: bill.Event{Kind: bill.Escrowed, Value: 100}})
		ordered(b, s, bill.Stack)
		drain(changed)
		begin := time.Now()
		send(kiosk.Validator{Event: bill.Event{Kind: bill.Stacked, Value: 100}})
		<-changed
		took = append(took, time.Since(begin))
		ordered(b, s, bill.Confirm)
		send(kiosk.Validator{Event: bill.Event{Kind: bill.Idling}})
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	stop()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

// notesAVisit is below the most notes of one transaction.
const notesAVisit = 190

// leave ends the visit with a posting.
func leave(b *testing.B, l *Loop, s *shelf, send func(kiosk.Event)) {
	b.Helper()
	press(b, l, "finish-cash", nil)
	ordered(b, s, bill.Disable)
	send(kiosk.Validator{Event: bill.Event{Kind: bill.Disabled}})
	ask := <-s.asks
	var order wire.PostBody
	if err := json.Unmarshal(ask.Body, &order); err != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(wire.PostState{Serial: order.Serial, Status: wire.PostPosted, ToArrears: order.Amount})
	if err != nil {
		b.Fatal(err)
	}
	send(kiosk.Reply{Reply: wire.Reply{V: 1, ID: ask.ID, Body: body}})
	press(b, l, "finish", nil)
}

// toCash leads the screen to the note slot.
func toCash(b *testing.B, l *Loop, s *shelf, send func(kiosk.Event)) {
	b.Helper()
	for _, step := range []struct {
		name string
		args map[string]string
	}{{"start", nil}, {"pay-bill", nil}, {"account", map[string]string{"number": "1000000001"}}} {
		press(b, l, step.name, step.args)
	}
	ask := <-s.asks
	body, err := json.Marshal(wire.VerifyResult{Account: "1000000001", Name: "x", Arrears: 12850, Payable: true})
	if err != nil {
		b.Fatal(err)
	}
	send(kiosk.Reply{Reply: wire.Reply{V: 1, ID: ask.ID, Body: body}})
	press(b, l, "confirm", nil)
	press(b, l, "tender", map[string]string{"kind": "cash"})
	ordered(b, s, bill.Enable)
	send(kiosk.Validator{Event: bill.Event{Kind: bill.Idling}})
}

// press gives an intent until it is taken: the screen follows events by itself.
func press(b *testing.B, l *Loop, name string, args map[string]string) {
	b.Helper()
	for late := time.Now().Add(10 * time.Second); time.Now().Before(late); {
		v, err := l.View(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Touch(b.Context(), page.Intent{Rev: v.Rev, Name: name, Args: args}); err == nil {
			return
		}
	}
	b.Fatalf("%s was never taken", name)
}

// ordered waits for an order to the validator.
func ordered(b *testing.B, s *shelf, want bill.Op) {
	b.Helper()
	select {
	case c := <-s.bills:
		if c.Op != want {
			b.Fatalf("the validator was told %v, want %v", c.Op, want)
		}
	case <-time.After(10 * time.Second):
		b.Fatalf("the validator was not told %v", want)
	}
}

func drain(c <-chan struct{}) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}
