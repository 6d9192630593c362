package peripherals

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/boards"
	"wattkiosk/boards/sim"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/gpio/filegpio"
	"wattkiosk/hal/port"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/setting"
)

var log = slog.New(slog.DiscardHandler)

func TestUnknownDriversAreRefusedByName(t *testing.T) {
	for key, d := range map[string]config.Devices{
		"devices.validator.driver": {Validator: config.Device{Driver: "abacus"}, Printer: config.Device{Driver: "escpos"}},
		"devices.printer.driver":   {Validator: config.Device{Driver: "ccnet"}, Printer: config.Device{Driver: "quill"}},
	} {
		if _, err := New(boards.Board{}, d, log); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestSettingsReachTheDriver: it refuses those that it does not have, by the device's key.
func TestSettingsReachTheDriver(t *testing.T) {
	for _, c := range []struct {
		driver   string
		settings setting.Table
		want     string // "" = taken
	}{
		{"ebds", setting.Table{"plain_notes": []any{int64(1), int64(5), int64(10), int64(20), int64(50), int64(100), int64(0)}}, ""},
		{"ebds", setting.Table{"plain_notes": []any{int64(1)}}, "devices.validator: driver ebds: setting plain_notes: 1 values"},
		{"ccnet", setting.Table{"plain_notes": []any{}}, `devices.validator: driver ccnet: unknown setting "plain_notes"`},
	} {
		d := config.Default().Devices
		d.Validator = config.Device{Driver: c.driver, Settings: c.settings}
		_, err := New(sim.Board(t.TempDir()), d, log)
		for _, err := range []error{err, Check(d)} {
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s %v: %v", c.driver, c.settings, err)
			}
		}
	}
}

func TestQueuesAreBounded(t *testing.T) {
	s, err := New(sim.Board(t.TempDir()), config.Default().Devices, log)
	if err != nil {
		t.Fatal(err)
	}
	for range queueLength {
		if err := s.Validator(bill.Command{Op: bill.Disable}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Validator(bill.Command{Op: bill.Disable}); !errors.Is(err, ErrQueue) {
		t.Errorf("got %v, want ErrQueue", err)
	}
}

// TestDoorsAndLights drives the lines of the simulated board, which has files for
// lines; its serial ports are missing, which must disturb nothing.
func TestDoorsAndLights(t *testing.T) {
	dir := t.TempDir()
	lines := filepath.Join(dir, "dev", "gpio")
	if err := os.MkdirAll(lines, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{boards.Door, boards.SafeDoor, boards.CashLight, boards.SlipLight} {
		if err := filegpio.Write(lines, name, false); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(sim.Board(dir), config.Default().Devices, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Light(kiosk.CashLight, true); err != nil { // before the lines are open
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	opened := make(chan string, 8)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx, Sink{Validator: func(bill.Event) {}, Printer: func(printer.Event) {}, Door: func(name string, open bool) {
			if open {
				opened <- name
			}
		}})
	}()
	if err := filegpio.Write(lines, boards.SafeDoor, true); err != nil {
		t.Fatal(err)
	}
	select {
	case name := <-opened:
		if name != boards.SafeDoor {
			t.Errorf("%s opened", name)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the door was not seen")
	}
	if got := level(t, lines, boards.CashLight); got != "1" {
		t.Errorf("cash light %q", got)
	}
	if err := s.Light(kiosk.CashLight, false); err != nil || level(t, lines, boards.CashLight) != "0" {
		t.Errorf("cash light stays on: %v", err)
	}
	stop()
	<-ended
}

func level(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestLightNamesAreTheBoards(t *testing.T) {
	if kiosk.CashLight != boards.CashLight || kiosk.CardLight != boards.CardLight || kiosk.MeterLight != boards.MeterLight || kiosk.SlipLight != boards.SlipLight {
		t.Error("the core and the boards call the lights by different names")
	}
}

func TestADeviceWithoutAPortIsRefused(t *testing.T) {
	b := sim.Board(t.TempDir())
	b.Name, b.Ports = "bare", b.Ports[:2]
	d := config.Default().Devices
	d.Pinpad.Driver = "zt588"
	if _, err := New(b, d, log); err == nil || !strings.Contains(err.Error(), "board bare: devices.pinpad: board has no such port") {
		t.Errorf("error %v", err)
	}
}

// TestLineOfADriver: the board's settings are for its own driver; another one has
// its protocol's, and the configuration counts above both.
func TestLineOfADriver(t *testing.T) {
	type protocol struct {
		driver string
		mode   port.Mode
	}
	b := sim.Board("/lab")
	own := protocol{"ccnet", port.Mode{Baud: 1200}}
	other := protocol{"x", port.Mode{Baud: 19200, Parity: port.ParityEven}}
	for _, c := range []struct {
		cfg  config.Device
		p    protocol
		path string
		mode string
	}{
		{config.Device{}, own, "/lab/dev/validator", "9600 8N1"},
		{config.Device{}, other, "/lab/dev/validator", "19200 8E1"},
		{config.Device{Port: "/dev/ttyS9", Baud: 4800}, other, "/dev/ttyS9", "4800 8E1"},
		{config.Device{RS485: config.RTSHigh}, own, "/lab/dev/validator", "9600 8N1 RS-485"},
	} {
		w, err := wayTo(b, boards.Validator, c.cfg, c.p.driver, c.p.mode)
		if err != nil || w.path != c.path || w.mode.String() != c.mode {
			t.Errorf("%+v: %s %s, %v; want %s %s", c.cfg, w.path, w.mode, err, c.path, c.mode)
		}
	}
}

func TestHardResetsAreBounded(t *testing.T) {
	t0 := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	h := Health{Role: "validator", State: hal.DeviceOffline, Since: t0}
	p := resetPolicy{}
	var at []int
	for minute := range 130 {
		now := t0.Add(time.Duration(minute) * time.Minute)
		if p.due(h, now) {
			p.done(h.Role, now)
			at = append(at, minute)
		}
	}
	if want := []int{3, 6, 9, 63, 66, 69, 123, 126, 129}; !slices.Equal(at, want) {
		t.Errorf("reset at minutes %v, want %v", at, want)
	}
	h.State = hal.DeviceFault
	if p.due(h, t0.Add(24*time.Hour)) {
		t.Error("a device that answers was reset")
	}
}

// TestAPumpThatStandsStillDoesNotBeat: while whoever hears a device's events does
// not return, its pump says nothing; the other pumps do.
func TestAPumpThatStandsStillDoesNotBeat(t *testing.T) {
	s, err := New(sim.Board(t.TempDir()), config.Default().Devices, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	beats := map[string]chan struct{}{boards.Validator: make(chan struct{}, 100_000), boards.Printer: make(chan struct{}, 100_000)}
	heard, hold, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx, Sink{
			Validator: func(bill.Event) { heard <- struct{}{}; <-hold },
			Pump:      func(role string) func() { return func() { beats[role] <- struct{}{} } },
		})
	}()
	<-heard // the validator is silent: there is no port
	for len(beats[boards.Validator]) > 0 {
		<-beats[boards.Validator]
	}
	for range 3 { // the printer's goes round meanwhile
		<-beats[boards.Printer]
	}
	if n := len(beats[boards.Validator]); n != 0 {
		t.Errorf("a pump that stands still beat %d times", n)
	}
	stop()
	close(hold)
	go func() {
		for range heard { // whatever comes before the end
		}
	}()
	<-ended
	close(heard)
}
