package escpos_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/hal/printer/printertest"
)

// TestAutomaticStatusIsQuick: with rounds half a minute apart a change is told
// within a fraction of a second, both ways; without it the round tells.
func TestAutomaticStatusIsQuick(t *testing.T) {
	for _, c := range []struct {
		asb  bool
		soon bool
	}{{true, true}, {false, false}} {
		dev := escpossim.New(escpossim.Config{})
		pump := &printertest.Pump{
			Now: printertest.Start(), Peer: dev,
			Engine: escpos.New(escpos.Config{ASB: c.asb, PollIdle: 30 * time.Second}),
		}
		pump.Run(t, 5*time.Second)
		for _, step := range []struct {
			fault escpossim.Fault
			paper printer.Paper
			state hal.DeviceState
		}{
			{escpossim.FaultCover, printer.PaperFull, hal.DeviceFault},
			{escpossim.FaultNearEnd, printer.PaperNearEnd, hal.DeviceOnline},
			{escpossim.FaultPaperOut, printer.PaperOut, hal.DeviceFault},
			{escpossim.FaultCutter, printer.PaperFull, hal.DeviceFault},
		} {
			dev.Inject(pump.Now, step.fault)
			pump.Run(t, 200*time.Millisecond)
			if s := pump.Status(); (s.Paper == step.paper && s.State == step.state) != c.soon {
				t.Errorf("automatic status %v, %s: %+v", c.asb, step.fault, s)
			}
			dev.Clear(pump.Now, step.fault)
			pump.Run(t, 200*time.Millisecond)
			if s := pump.Status(); !s.CanPrint() || s.Paper != printer.PaperFull {
				t.Errorf("automatic status %v, %s cleared: %+v", c.asb, step.fault, s)
			}
		}
	}
}

// TestAutomaticStatusComesBackAfterAPowerCut: the printer forgets GS a.
func TestAutomaticStatusComesBackAfterAPowerCut(t *testing.T) {
	dev := escpossim.New(escpossim.Config{})
	pump := &printertest.Pump{Now: printertest.Start(), Peer: dev, Engine: escpos.New(escpos.Config{ASB: true, PollIdle: 5 * time.Second})}
	pump.Run(t, 10*time.Second)
	dev.PowerCut(pump.Now)
	pump.Run(t, time.Minute)
	dev.PowerOn(pump.Now)
	pump.Run(t, time.Minute)
	dev.Inject(pump.Now, escpossim.FaultCover)
	pump.Run(t, 200*time.Millisecond)
	if s := pump.Status(); !s.CoverOpen {
		t.Errorf("status %+v, want an open cover at once", s)
	}
}

// TestAutomaticStatusBits: each bit by itself, sent between rounds to a driver that
// waits for its next one; the printer answers the round that follows as given.
func TestAutomaticStatusBits(t *testing.T) {
	for _, c := range []struct {
		name   string
		bytes  string
		detail string
		paper  printer.Paper
	}{
		{"cover", "\x30\x00\x00\x00", "cover open", printer.PaperFull},
		{"feed button", "\x50\x00\x00\x00", "feed button pressed", printer.PaperFull},
		{"offline", "\x18\x00\x00\x00", "printer reports offline", printer.PaperFull},
		{"cutter", "\x10\x08\x00\x00", "cutter fault", printer.PaperFull},
		{"unrecoverable", "\x10\x20\x00\x00", "unrecoverable error", printer.PaperFull},
		{"hot", "\x10\x40\x00\x00", "print head too hot", printer.PaperFull},
		{"paper out", "\x10\x00\x0f\x00", "paper out", printer.PaperOut},
		{"drawer", "\x14\x00\x00\x0f", "", printer.PaperFull},
		{"cut off", "\x30\x00\x00", "", printer.PaperFull},
		{"no fixed bits", "\x30\x00\x10\x00", "", printer.PaperFull},
	} {
		peer := &scripted{answers: well()}
		pump := &printertest.Pump{Now: printertest.Start(), Peer: peer, Engine: escpos.New(escpos.Config{ASB: true, PollIdle: time.Minute})}
		pump.Run(t, 5*time.Second)
		_, events := pump.Engine.Advance(pump.Now, []byte(c.bytes))
		if c.detail == "" {
			if len(events) != 0 {
				t.Errorf("%s: told %+v", c.name, events)
			}
			continue
		}
		if len(events) != 1 || events[0].Status.Detail != c.detail || events[0].Status.Paper != c.paper {
			t.Errorf("%s: told %+v, want %q", c.name, events, c.detail)
		}
		pump.Run(t, 5*time.Second)
		if s := pump.Status(); s.Detail != "" { // the round at once after it says that all is well
			t.Errorf("%s: status %+v after a round that was well", c.name, s)
		}
	}
}

func TestForecast(t *testing.T) {
	dev := escpossim.New(escpossim.Config{NoNearEnd: true})
	d := escpos.New(escpos.Config{})
	if err := d.Tune(printer.Tuning{RollMM: 20_000, UsedMM: 14_700}); err != nil {
		t.Fatal(err)
	}
	pump := &printertest.Pump{Now: printertest.Start(), Peer: dev, Engine: d}
	pump.Run(t, 5*time.Second)
	if s := pump.Status(); s.UsedMM != 14_700 || s.SlipsLeft != 35 || s.Paper != printer.PaperFull { // 5,300 mm at 150 mm
		t.Errorf("at the start: %+v", s)
	}
	before := dev.PaperUsedMM()
	for range 4 {
		if err := d.Do(pump.Now, printer.Command{ID: "J", Page: printertest.LongPage()}); err != nil {
			t.Fatal(err)
		}
		pump.Run(t, 20*time.Second)
	}
	slip := (dev.PaperUsedMM() - before) / 4 // the oracle: what the printer fed
	s := pump.Status()
	if used := s.UsedMM - 14_700; used < 4*slip || used > 4*slip+4 {
		t.Errorf("used %d mm, the printer %d", used, 4*slip)
	}
	if want := int((20_000 - s.UsedMM) / (slip + 1)); s.SlipsLeft < want-1 || s.SlipsLeft > want+1 {
		t.Errorf("%d slips left, want about %d", s.SlipsLeft, want)
	}
	if s.Paper != printer.PaperNearEnd {
		t.Errorf("paper %v below %d mm", s.Paper, escpos.DefaultNearEndMM)
	}
	if err := d.Do(pump.Now, printer.Command{NewRoll: true}); err != nil {
		t.Fatal(err)
	}
	pump.Run(t, 5*time.Second)
	if s := pump.Status(); s.UsedMM != 0 || s.Paper != printer.PaperFull || s.SlipsLeft < 60 {
		t.Errorf("with a new roll: %+v", s)
	}
}

func TestTuningIsChecked(t *testing.T) {
	forms := escpos.New(escpos.Config{Layout: escpos.Layout{Columns: escpos.Columns76mm, FormLines: 66}})
	if err := forms.Tune(printer.Tuning{Presenter: escpos.GSEjector}); err == nil {
		t.Error("a printer of forms got a presenter")
	}
	d := escpos.New(escpos.Config{})
	for _, bad := range []printer.Tuning{{Presenter: "spring"}, {RollMM: -1}, {RollMM: 1, UsedMM: -1}} {
		if err := d.Tune(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	d.Advance(printertest.Start(), nil)
	if err := d.Tune(printer.Tuning{}); !errors.Is(err, escpos.ErrStarted) {
		t.Errorf("tuned while it runs: %v", err)
	}
}

// TestPresenterOnTheWire: the slip is presented after its cut and before the
// receipt is asked for.
func TestPresenterOnTheWire(t *testing.T) {
	dev := escpossim.New(escpossim.Config{Presenter: true})
	d := escpos.New(escpos.Config{})
	if err := d.Tune(printer.Tuning{Presenter: escpos.GSEjector, AutoStatus: true}); err != nil {
		t.Fatal(err)
	}
	pump := &printertest.Pump{Now: printertest.Start(), Peer: dev, Engine: d}
	if err := d.Do(pump.Now, printer.Command{ID: "J", Page: page("x")}); err != nil {
		t.Fatal(err)
	}
	pump.Run(t, 10*time.Second)
	if want := []byte("\x1b@\x1da\x0e\x1c&x\n\x1dVB\x00\x1de\x03\x0c\x1dr\x01"); !bytes.Contains(pump.Sent, want) {
		t.Errorf("sent %q, want %q in it", pump.Sent, want)
	}
}

// TestAPresenterThatCannotDrawBack: it ejects instead, and the next slip comes.
func TestAPresenterThatCannotDrawBack(t *testing.T) {
	dev := escpossim.New(escpossim.Config{Presenter: true, NoRetract: true})
	pump := &printertest.Pump{
		Now: printertest.Start(), Peer: dev,
		Engine: escpos.New(escpos.Config{Presenter: escpos.Presenter{Kind: escpos.GSEjector, TakeWithin: 10 * time.Second}}),
	}
	for _, id := range []string{"A", "B"} {
		if err := pump.Engine.Do(pump.Now, printer.Command{ID: id, Page: page(id)}); err != nil {
			t.Fatal(err)
		}
		pump.Run(t, 30*time.Second)
		if e, _ := pump.Outcome(id); e.Kind != printer.Printed {
			t.Errorf("%s: %v", id, e.Kind)
		}
	}
	if dev.Exit(1) != escpossim.Ejected || dev.Exit(2) != escpossim.Ejected {
		t.Errorf("slips went %v and %v, want both ejected", dev.Exit(1), dev.Exit(2))
	}
}

// FuzzOptions feeds arbitrary bytes to a driver with every option: each job still
// has exactly one outcome, a slip is Taken or Retracted at most once, and Printed
// needs a receipt.
func FuzzOptions(f *testing.F) {
	f.Add([]byte("\x12\x12\x12\x12\x10\x0f\x20\x00\x00\x00\x12\x12\x12\x12\x10\x0f\x00\x00\x00\x00"), byte(40))
	f.Add([]byte("\x30\x00\x00\x00\x12\x12\x12\x12\x10\x0f\x00\x00\x00\x00\x10\x00\x0c\x00"), byte(100))
	f.Add(bytes.Repeat([]byte("\x12\x12\x12\x12\x10\x0f\x20\x00\x00\x00\x00"), 12), byte(10))
	f.Fuzz(func(t *testing.T, data []byte, step byte) {
		if len(data) > 512 {
			return
		}
		now := printertest.Start()
		d := escpos.New(escpos.Config{ASB: true, RollMM: 100_000, Presenter: escpos.Presenter{Kind: escpos.GSEjector}})
		for _, id := range []string{"A", "B"} {
			if err := d.Do(now, printer.Command{ID: id, Page: page(id)}); err != nil {
				t.Fatal(err)
			}
		}
		asked, outcomes, gone := 0, 0, map[string]int{}
		feed := func(rx []byte) {
			tx, events := d.Advance(now, rx)
			for _, e := range events {
				switch {
				case e.Kind.Outcome():
					outcomes++
					if e.Kind == printer.Printed && asked == 0 {
						t.Errorf("%s is Printed without a request for a receipt", e.ID)
					}
				case e.Kind == printer.Taken || e.Kind == printer.Retracted:
					if gone[e.ID]++; e.ID != "" && gone[e.ID] > 1 {
						t.Errorf("the slip of %s went %d times", e.ID, gone[e.ID])
					}
				}
			}
			asked += bytes.Count(tx, []byte("\x1dr\x01"))
			if d.Wake().IsZero() {
				t.Error("Wake is zero")
			}
		}
		for _, b := range data {
			feed([]byte{b})
			now = now.Add(time.Duration(step) * time.Millisecond)
		}
		for range 2000 {
			if outcomes == 2 {
				break
			}
			if w := d.Wake(); w.After(now) {
				now = w
			}
			feed(nil)
		}
		if outcomes != 2 {
			t.Errorf("%d outcomes for 2 jobs", outcomes)
		}
	})
}
