package escpos_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/hal/printer/printertest"
)

// scripted is a peer that answers DLE EOT from a table and GS r as it is told.
type scripted struct {
	answers  [5]byte // to DLE EOT n; 0 is no answer
	receipts []byte  // to GS r 1
	noise    []byte  // sent before anything else
	due      []byte
	got      []byte
}

func well() [5]byte { return [5]byte{0, 0x12, 0x12, 0x12, 0x12} }

func (s *scripted) Receive(_ time.Time, rx []byte) {
	s.got = append(s.got, rx...)
	for i := 0; i+2 < len(rx); i++ {
		if rx[i] == 0x10 && rx[i+1] == 0x04 {
			if a := s.answers[rx[i+2]]; a != 0 {
				s.due = append(s.due, a)
			}
		}
	}
	if bytes.Contains(rx, []byte("\x1dr\x01")) {
		s.due = append(s.due, s.receipts...)
	}
}

func (s *scripted) Advance(time.Time) []byte {
	out := append(s.noise, s.due...)
	s.noise, s.due = nil, nil
	return out
}

func (s *scripted) Wake() time.Time {
	if len(s.due)+len(s.noise) > 0 {
		return printertest.Start()
	}
	return time.Time{}
}

func page(text string) printer.Page {
	return printer.Page{Lines: []printer.Line{{Text: text}}}
}

// run prints one job against p and returns its outcome and the pump.
func run(t *testing.T, p hal.Peer) (printer.Event, *printertest.Pump) {
	t.Helper()
	pump := &printertest.Pump{Now: printertest.Start(), Engine: escpos.New(escpos.Config{}), Peer: p}
	if err := pump.Engine.Do(pump.Now, printer.Command{ID: "J", Page: page("x")}); err != nil {
		t.Fatal(err)
	}
	pump.Until(t, time.Minute, func() bool { _, ok := pump.Outcome("J"); return ok })
	e, ok := pump.Outcome("J")
	if !ok {
		t.Fatal("no outcome within a minute")
	}
	return e, pump
}

func TestStatusDecoding(t *testing.T) {
	cases := []struct {
		name   string
		round  [5]byte
		paper  printer.Paper
		state  hal.DeviceState
		detail string
	}{
		{"well", well(), printer.PaperFull, hal.DeviceOnline, ""},
		{"drawer", [5]byte{0, 0x16, 0x12, 0x12, 0x12}, printer.PaperFull, hal.DeviceOnline, ""},
		{"near end", [5]byte{0, 0x12, 0x12, 0x12, 0x1e}, printer.PaperNearEnd, hal.DeviceOnline, ""},
		{"paper out", [5]byte{0, 0x1a, 0x32, 0x12, 0x7e}, printer.PaperOut, hal.DeviceFault, "paper out"},
		{"paper end sensor alone", [5]byte{0, 0x12, 0x12, 0x12, 0x72}, printer.PaperOut, hal.DeviceFault, "paper out"},
		{"cover", [5]byte{0, 0x1a, 0x16, 0x12, 0x12}, printer.PaperFull, hal.DeviceFault, "cover open"},
		{"cutter", [5]byte{0, 0x1a, 0x52, 0x1a, 0x12}, printer.PaperFull, hal.DeviceFault, "cutter fault"},
		{"broken", [5]byte{0, 0x1a, 0x52, 0x32, 0x12}, printer.PaperFull, hal.DeviceFault, "unrecoverable error"},
		{"hot", [5]byte{0, 0x1a, 0x52, 0x52, 0x12}, printer.PaperFull, hal.DeviceFault, "print head too hot"},
		{"error without cause", [5]byte{0, 0x1a, 0x52, 0x12, 0x12}, printer.PaperFull, hal.DeviceFault, "printer reports an error, printer reports offline"},
		{"offline without cause", [5]byte{0, 0x1a, 0x12, 0x12, 0x12}, printer.PaperFull, hal.DeviceFault, "printer reports offline"},
		{"two causes", [5]byte{0, 0x1a, 0x36, 0x12, 0x72}, printer.PaperOut, hal.DeviceFault, "paper out, cover open"},
		{"bad pattern", [5]byte{0, 0x13, 0x92, 0x02, 0x10}, printer.PaperUnknown, hal.DeviceOffline, "printer does not answer"},
		{"third answer missing", [5]byte{0, 0x12, 0x12, 0, 0x12}, printer.PaperUnknown, hal.DeviceOffline, "printer does not answer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pump := &printertest.Pump{Now: printertest.Start(), Engine: escpos.New(escpos.Config{}), Peer: &scripted{answers: c.round}}
			pump.Run(t, 10*time.Second)
			s := pump.Status()
			if s.Paper != c.paper || s.State != c.state || s.Detail != c.detail {
				t.Errorf("status %+v, want paper %v, %v, %q", s, c.paper, c.state, c.detail)
			}
			if len(pump.Events) != 1 {
				t.Errorf("%d events, want 1", len(pump.Events))
			}
		})
	}
}

func TestReceiptRules(t *testing.T) {
	cases := []struct {
		name     string
		receipts []byte
		want     printer.Kind
	}{
		{"all well", []byte{0x00}, printer.Printed},
		{"near end", []byte{0x03}, printer.Printed},
		{"none", nil, printer.Unsure},
		{"status byte", []byte{0x12}, printer.Unsure},
		{"odd bits", []byte{0x01}, printer.Unsure},
		{"automatic status is no receipt", []byte{0x10, 0x00, 0x00, 0x00}, printer.Unsure},
		{"receipt after automatic status", []byte{0x10, 0x00, 0x00, 0x00, 0x00}, printer.Printed},
		{"clear response is no receipt", []byte{0x37, 0x25, 0x00}, printer.Unsure},
	}
	for _, c := range cases {
		e, _ := run(t, &scripted{answers: well(), receipts: c.receipts})
		if e.Kind != c.want {
			t.Errorf("%s: %v (%s), want %v", c.name, e.Kind, e.Detail, c.want)
		}
	}
}

// dying puts a zero byte on the line in place of a receipt and falls silent, as
// a printer whose power fails.
type dying struct{ scripted }

func (d *dying) Receive(now time.Time, rx []byte) {
	d.scripted.Receive(now, rx)
	if bytes.Contains(rx, []byte("\x1dr\x01")) {
		d.due, d.answers = []byte{0, 0, 0}, [5]byte{}
	}
}

func TestZeroByteOfADyingPrinterIsNoReceipt(t *testing.T) {
	e, _ := run(t, &dying{scripted{answers: well()}})
	if e.Kind != printer.Unsure {
		t.Errorf("%v, want unsure", e.Kind)
	}
}

func TestEarlyReceiptBytesAreNoise(t *testing.T) {
	e, _ := run(t, &scripted{answers: well(), noise: []byte{0, 0, 0, 3}})
	if e.Kind != printer.Unsure {
		t.Errorf("%v, want unsure: the only zero bytes came before the job", e.Kind)
	}
}

func TestNothingIsSentToAPrinterThatCannotPrint(t *testing.T) {
	peer := &scripted{answers: [5]byte{0, 0x1a, 0x32, 0x12, 0x7e}}
	e, pump := run(t, peer)
	if e.Kind != printer.NotPrinted || e.Detail != "paper out" {
		t.Errorf("%v (%s), want not-printed (paper out)", e.Kind, e.Detail)
	}
	if bytes.Contains(pump.Sent, []byte("x\n")) {
		t.Error("the page was sent")
	}
}

func TestUnsureNamesTheCauseAndClears(t *testing.T) {
	dev := escpossim.New(escpossim.Config{})
	pump := &printertest.Pump{Now: printertest.Start(), Engine: escpos.New(escpos.Config{}), Peer: dev}
	pump.Run(t, time.Second)
	if err := pump.Engine.Do(pump.Now, printer.Command{ID: "J", Page: printertest.LongPage()}); err != nil {
		t.Fatal(err)
	}
	dev.EndPaperAfter(pump.Now, 60)
	pump.Sent = nil
	pump.Until(t, time.Minute, func() bool { _, ok := pump.Outcome("J"); return ok })
	e, _ := pump.Outcome("J")
	if e.Kind != printer.Unsure || !strings.HasPrefix(e.Detail, "paper out") {
		t.Errorf("%v (%s), want unsure (paper out …)", e.Kind, e.Detail)
	}
	if !bytes.Contains(pump.Sent, []byte("\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x10\x05\x02")) {
		t.Error("the buffers were not cleared")
	}
}

func TestNearEndForecast(t *testing.T) {
	dev := escpossim.New(escpossim.Config{NoNearEnd: true})
	drv := escpos.New(escpos.Config{RollMM: 1000, NearEndMM: 900, UsedMM: 60})
	pump := &printertest.Pump{Now: printertest.Start(), Engine: drv, Peer: dev}
	pump.Run(t, time.Second)
	if p := pump.Status().Paper; p != printer.PaperFull {
		t.Fatalf("paper %v at 60 mm, want full", p)
	}
	if err := drv.Do(pump.Now, printer.Command{ID: "J", Page: printertest.LongPage()}); err != nil {
		t.Fatal(err)
	}
	pump.Run(t, 20*time.Second)
	// 60 lines of 30 dots and 96 dots to the knife: 1896 dots, 237 mm.
	if used := drv.UsedMM(); used != 297 {
		t.Errorf("%d mm used, want 297", used)
	}
	if p := pump.Status().Paper; p != printer.PaperNearEnd {
		t.Errorf("paper %v at 297 of 1000 mm, want near-end", p)
	}
	dev.Inject(pump.Now, escpossim.FaultPaperOut)
	pump.Run(t, 5*time.Second)
	dev.Inject(pump.Now, escpossim.FaultSilent)
	pump.Run(t, 20*time.Second)
	dev.ClearAll(pump.Now)
	pump.Run(t, 20*time.Second)
	if used, p := drv.UsedMM(), pump.Status().Paper; used != 0 || p != printer.PaperFull {
		t.Errorf("%d mm used, paper %v on the new roll, want 0 and full", used, p)
	}
}

func TestDoRefuses(t *testing.T) {
	d := escpos.New(escpos.Config{})
	if err := d.Do(printertest.Start(), printer.Command{Page: page("x")}); err == nil {
		t.Error("a job without an ID was accepted")
	}
	if err := d.Do(printertest.Start(), printer.Command{ID: "J"}); !errors.Is(err, escpos.ErrPage) {
		t.Errorf("empty page: %v, want ErrPage", err)
	}
	for range escpos.MaxQueue {
		if err := d.Do(printertest.Start(), printer.Command{ID: "J", Page: page("x")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Do(printertest.Start(), printer.Command{ID: "J", Page: page("x")}); !errors.Is(err, hal.ErrBusy) {
		t.Errorf("fifth job: %v, want ErrBusy", err)
	}
}

func TestIdlePolling(t *testing.T) {
	peer := &scripted{answers: well()}
	pump := &printertest.Pump{Now: printertest.Start(), Engine: escpos.New(escpos.Config{}), Peer: peer}
	pump.Run(t, 9*time.Second)
	if n := bytes.Count(peer.got, []byte{0x10, 0x04, 0x01}); n != 5 {
		t.Errorf("%d rounds in 9 s, want 5", n)
	}
}

// FuzzDriver feeds arbitrary bytes at arbitrary times. Printed needs a byte of
// the GS r pattern after the request for it was sent.
func FuzzDriver(f *testing.F) {
	f.Add([]byte{0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x00, 0x12, 0x12, 0x12, 0x12}, byte(40))
	f.Add([]byte("\x12\x12\x12\x12\x00\x00\x10\x00\x00\x00\x37\x25\x00\x1a\x32\x12\x7e"), byte(100))
	f.Add(bytes.Repeat([]byte{0x12, 0x12, 0x12, 0x12, 0x00}, 20), byte(10))
	f.Fuzz(func(t *testing.T, data []byte, step byte) {
		if len(data) > 512 {
			return
		}
		now := printertest.Start()
		d := escpos.New(escpos.Config{})
		for _, id := range []string{"A", "B"} {
			if err := d.Do(now, printer.Command{ID: id, Page: page(id)}); err != nil {
				t.Fatal(err)
			}
		}
		requests, answered, outcomes := 0, 0, 0
		feed := func(rx []byte) {
			if requests > answered && len(rx) == 1 && rx[0]&0x90 == 0 {
				answered = requests
			}
			tx, events := d.Advance(now, rx)
			for _, e := range events {
				if e.Kind == printer.StatusChanged {
					continue
				}
				outcomes++
				if e.Kind == printer.Printed && answered < requests {
					t.Errorf("%s is Printed without a receipt", e.ID)
				}
			}
			requests += bytes.Count(tx, []byte("\x1dr\x01"))
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

func TestZeroByteWhileSendingIsNoReceipt(t *testing.T) {
	peer := &scripted{answers: well()}
	pump := &printertest.Pump{Now: printertest.Start(), Engine: escpos.New(escpos.Config{}), Peer: peer}
	if err := pump.Engine.Do(pump.Now, printer.Command{ID: "J", Page: printertest.LongPage()}); err != nil {
		t.Fatal(err)
	}
	pump.Run(t, 500*time.Millisecond)
	if !bytes.Contains(peer.got, []byte("L003")) || bytes.Contains(peer.got, []byte("L059")) {
		t.Fatal("the job is not in its middle")
	}
	peer.noise = []byte{0}
	pump.Until(t, time.Minute, func() bool { _, ok := pump.Outcome("J"); return ok })
	if e, _ := pump.Outcome("J"); e.Kind != printer.Unsure {
		t.Errorf("%v, want unsure", e.Kind)
	}
}

func TestFaultWhileSendingStopsTheJobSoon(t *testing.T) {
	peer := &scripted{answers: well()}
	pump := &printertest.Pump{Now: printertest.Start(), Engine: escpos.New(escpos.Config{}), Peer: peer}
	if err := pump.Engine.Do(pump.Now, printer.Command{ID: "J", Page: printertest.LongPage()}); err != nil {
		t.Fatal(err)
	}
	pump.Run(t, 500*time.Millisecond)
	peer.answers = [5]byte{0, 0x1a, 0x16, 0x12, 0x12}
	pump.Run(t, time.Second)
	e, ok := pump.Outcome("J")
	if !ok || e.Kind != printer.Unsure || e.Detail != "cover open while the job was sent" {
		t.Errorf("%v (%s), want unsure (cover open while the job was sent) within a second", e.Kind, e.Detail)
	}
	if bytes.Contains(peer.got, []byte("L059")) {
		t.Error("the rest was sent to an open printer")
	}
}

// TestHotHeadIsWaitedFor: what passes by itself delays a job and no more.
func TestHotHeadIsWaitedFor(t *testing.T) {
	peer := &scripted{answers: well(), receipts: []byte{0}}
	pump := &printertest.Pump{Now: printertest.Start(), Engine: escpos.New(escpos.Config{}), Peer: peer}
	if err := pump.Engine.Do(pump.Now, printer.Command{ID: "J", Page: printertest.LongPage()}); err != nil {
		t.Fatal(err)
	}
	pump.Run(t, 500*time.Millisecond)
	peer.answers = [5]byte{0, 0x1a, 0x52, 0x52, 0x12}
	pump.Run(t, 5*time.Second)
	if e, ok := pump.Outcome("J"); ok {
		t.Fatalf("%v (%s) while the head cools", e.Kind, e.Detail)
	}
	peer.answers = well()
	pump.Run(t, 10*time.Second)
	if e, _ := pump.Outcome("J"); e.Kind != printer.Printed {
		t.Errorf("%v (%s), want printed", e.Kind, e.Detail)
	}
}
