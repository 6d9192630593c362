package appliance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"wattkiosk/firmware/control"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/firmware/vigil"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf takes orders for devices, head office and staff, and keeps them.
type shelf struct {
	bills    chan bill.Command
	asks     chan kiosk.Ask
	grown    chan struct{}
	scans    chan scanner.Op
	checks   chan kiosk.CheckStaff
	installs chan kiosk.StickInstall
}

func newShelf() *shelf {
	return &shelf{
		bills: make(chan bill.Command, 16), asks: make(chan kiosk.Ask, 16), grown: make(chan struct{}, 1),
		scans: make(chan scanner.Op, 64), checks: make(chan kiosk.CheckStaff, 1), installs: make(chan kiosk.StickInstall, 1),
	}
}

func (s *shelf) Validator(c bill.Command) error { s.bills <- c; return nil }
func (s *shelf) Printer(printer.Command) error  { return errors.New("no printer here") }
func (s *shelf) Card(card.Command) error        { return errors.New("no reader here") }
func (s *shelf) MeterCard(card.Command) error   { return errors.New("no reader of meter cards here") }
func (s *shelf) Pinpad(pinpad.Command) error    { return errors.New("no pad here") }
func (s *shelf) Light(string, bool) error       { return nil }
func (s *shelf) Snap(string)                    {}
func (s *shelf) Scanner(c scanner.Command) error {
	s.scans <- c.Op
	return fmt.Errorf("scanner: %w", peripherals.ErrNoDevice)
}
func (s *shelf) AskChallenge()                     {}
func (s *shelf) CheckStaff(c kiosk.CheckStaff)     { s.checks <- c }
func (s *shelf) StickInstall(e kiosk.StickInstall) { s.installs <- e }
func (s *shelf) StickOpen(kiosk.StickOpen)         {}
func (s *shelf) StickClose(kiosk.StickClose)       {}
func (s *shelf) StickDismiss(kiosk.StickDismiss)   {}
func (s *shelf) Ask(a kiosk.Ask)                   { s.asks <- a }
func (s *shelf) Grown() {
	select {
	case s.grown <- struct{}{}:
	default:
	}
}

// running starts a loop over a journal in memory; the result is Run's.
func running(t *testing.T) (*Loop, *shelf, *journaltest.Memory, <-chan error) {
	t.Helper()
	return runningWatched(t, func() {})
}

func runningWatched(t *testing.T, alive func()) (*Loop, *shelf, *journaltest.Memory, <-chan error) {
	t.Helper()
	j := journaltest.NewMemory(journal.Options{Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }})
	core, pending, err := kiosk.New(kiosk.Config{
		Terminal: "10000001", Zone: time.UTC, Lang: receipt.Chinese, Denominations: []money.Amount{10000}, MaxTotal: 500000,
		BillCode: regexp.MustCompile(`^([0-9]{10})$`),
	}, j, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l := NewLoop(core, slog.New(slog.DiscardHandler), alive)
	s := newShelf()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	done := make(chan struct{})
	go func() { ended <- l.Run(ctx, s, s, s, pending); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	for _, e := range []kiosk.Event{
		kiosk.Printer{Event: printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}},
		kiosk.Validator{Event: bill.Event{Kind: bill.Disabled}},
		kiosk.Link{Up: true},
	} {
		l.Send(t.Context(), e)
	}
	return l, s, j, ended
}

func touchUntil(t *testing.T, l *Loop, want page.Screen, name string, args map[string]string) page.View {
	t.Helper()
	for late := time.Now().Add(10 * time.Second); time.Now().Before(late); {
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if v, err = l.Touch(t.Context(), page.Intent{Rev: v.Rev, Name: name, Args: args}); err == nil && v.Screen == want {
			return v
		}
	}
	t.Fatalf("%s does not lead to %s", name, want)
	return page.View{}
}

func TestTouchesReachTheCoreAndEffectsTheWorld(t *testing.T) {
	l, s, _, _ := running(t)
	changed, cancel := l.Subscribe()
	defer cancel()
	touchUntil(t, l, page.ChooseService, "start", nil)
	<-changed
	touchUntil(t, l, page.EnterAccount, "pay-bill", nil)
	touchUntil(t, l, page.EnterAccount, "account", map[string]string{"number": "1000000001"})
	if a := <-s.asks; a.Op != "verify" || a.TTL <= 0 {
		t.Errorf("asked %+v", a)
	}
	if _, err := l.Touch(t.Context(), page.Intent{Rev: 0, Name: "confirm"}); err == nil {
		t.Error("a stale touch was taken")
	}
	<-s.grown
	st, err := control.Look(t.Context(), l, "10000001", "test", &journaltest.Memory{})
	if err != nil || !st.Ready || st.Screen != "enter-account" || !st.Online {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestABrokenJournalEndsTheLoop(t *testing.T) {
	l, _, j, ended := running(t)
	j.CutAfter(1, false)
	l.Send(t.Context(), kiosk.Door{Name: "door", Open: true}) // an alarm record
	select {
	case err := <-ended:
		if !errors.Is(err, ErrRestart) || !errors.Is(err, journal.ErrBroken) {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the loop goes on")
	}
}

// TestAStuckLoopIsLate: a loop that sleeps beats, one that hangs does not, and it is
// the loop that is named.
func TestAStuckLoopIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := vigil.New(time.Now)
		l, _, _, _ := runningWatched(t, p.Source("loop", loopLimit).Beat)
		time.Sleep(10 * time.Minute) // nothing happens
		if late := p.Late(); len(late) != 0 {
			t.Errorf("a loop that waits is late: %v", late)
		}
		hold, done := make(chan struct{}), make(chan error, 1)
		go func() { done <- l.Inspect(t.Context(), func(*kiosk.Core) { <-hold }) }()
		time.Sleep(loopLimit + maxSleep)
		if late := p.Late(); !slices.Equal(late, []string{"loop"}) {
			t.Errorf("late %v, want the loop", late)
		}
		close(hold)
		if err := <-done; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if late := p.Late(); len(late) != 0 {
			t.Errorf("late %v after the loop went on", late)
		}
	})
}

// TestHoldsPassThroughTheLoop: the screen follows at once, and a customer who is
// there is left alone.
func TestHoldsPassThroughTheLoop(t *testing.T) {
	l, _, _, _ := running(t)
	touchUntil(t, l, page.ChooseService, "start", nil)
	if err := l.Hold(t.Context(), kiosk.HoldUpdate, time.Minute); !errors.Is(err, kiosk.ErrBusy) {
		t.Errorf("with a customer: %v", err)
	}
	touchUntil(t, l, page.Idle, "cancel", nil)
	if err := l.Hold(t.Context(), kiosk.HoldUpdate, time.Minute); err != nil {
		t.Fatal(err)
	}
	v, err := l.View(t.Context())
	if err != nil || v.Screen != page.OutOfService {
		t.Errorf("held on %s, %v", v.Screen, err)
	}
	if err := l.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := l.View(t.Context()); err != nil || v.Screen != page.Idle {
		t.Errorf("let go on %s, %v", v.Screen, err)
	}
}

// TestABillReachesTheCore: the scanner is switched on, and what it reads is looked up.
func TestABillReachesTheCore(t *testing.T) {
	l, s, _, _ := running(t)
	touchUntil(t, l, page.ChooseService, "start", nil)
	if op := <-s.scans; op != scanner.Enable {
		t.Errorf("the scanner was told %v", op)
	}
	l.Send(t.Context(), kiosk.Scanner{Event: scanner.Event{Kind: scanner.Scanned, Code: "1000000001"}})
	if a := <-s.asks; a.Op != "verify" || string(a.Body) != `{"account":"1000000001"}` {
		t.Errorf("asked %s %s", a.Op, a.Body)
	}
	if op := <-s.scans; op != scanner.Disable {
		t.Errorf("the scanner was told %v", op)
	}
}
