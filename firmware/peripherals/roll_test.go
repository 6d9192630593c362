package peripherals

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/boards"
	"wattkiosk/boards/sim"
	"wattkiosk/firmware/config"
	"wattkiosk/hal/printer"
)

func used(mm int64) printer.Event {
	return printer.Event{Kind: printer.StatusChanged, Status: printer.Status{UsedMM: mm}}
}

// TestTheRollIsRemembered: what the printer used is there after a restart; a file
// that cannot be read counts from zero.
func TestTheRollIsRemembered(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "slip-roll.json")
	r := &roll{file: file, log: log, news: make(chan int64, 1)}
	if mm, err := r.load(); mm != 0 || err != nil {
		t.Errorf("without a file: %d, %v", mm, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); r.run(ctx) }()
	r.report(boards.Invoice, used(9_999))
	r.report(boards.Printer, printer.Event{Kind: printer.Printed, ID: "x"})
	for mm := range int64(1000) {
		r.report(boards.Printer, used(mm+1))
	}
	stop()
	<-ended
	if mm, err := r.load(); mm != 1000 || err != nil {
		t.Errorf("after the stop: %d, %v; want 1000", mm, err)
	}
	for _, bad := range []string{"", "{", `{"used_mm":-1}`} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if mm, err := r.load(); mm != 0 || err == nil {
			t.Errorf("%q: %d, %v", bad, mm, err)
		}
	}
}

func TestSlipSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "roll.json")
	for _, c := range []struct {
		cfg  config.Slips
		roll bool
		want string
	}{
		{config.Slips{}, false, ""},
		{config.Slips{AutoStatus: true}, false, ""},
		{config.Slips{RollMM: 80_000, Presenter: "gs-e", TakeWithin: time.Minute}, true, ""},
		{config.Slips{Presenter: "spring"}, false, `slips: cannot tune: presenter "spring" is none of gs-e`},
	} {
		s, err := New(sim.Board(t.TempDir()), config.Default().Devices, log)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := s.TuneSlips(c.cfg, file); err != nil {
			got = err.Error()
		}
		if got != c.want || (s.roll != nil) != c.roll {
			t.Errorf("%+v: %q, roll %v; want %q, %v", c.cfg, got, s.roll != nil, c.want, c.roll)
		}
		if err := s.NewRoll(); err != nil {
			t.Error(err)
		}
	}
	s := &Set{log: log}
	if err := s.TuneSlips(config.Slips{AutoStatus: true}, file); err == nil || !strings.Contains(err.Error(), "takes no settings") {
		t.Errorf("a driver without settings: %v", err)
	}
}
