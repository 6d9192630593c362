package port_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/port"
	"wattkiosk/hal/port/ptysim"
)

func TestModeString(t *testing.T) {
	tests := []struct {
		mode port.Mode
		want string
		bad  string
	}{
		{port.Mode{}, "9600 8N1", ""},
		{port.Mode{Baud: 2400, Parity: port.ParityEven}, "2400 8E1", ""},
		{port.Mode{Baud: 115200, DataBits: 7, Parity: port.ParityOdd, StopBits: 2}, "115200 7O2", ""},
		{port.Mode{Baud: 1}, "1 8N1", "baud: 1 is not within 300 to 921600"},
		{port.Mode{Parity: "mark"}, "9600 8?1", `parity: "mark" is none of none, odd, even`},
		{port.Mode{DataBits: 9}, "9600 9N1", "data bits: 9 is neither 7 nor 8"},
		{port.Mode{StopBits: 3}, "9600 8N3", "stop bits: 3 is neither 1 nor 2"},
	}
	for _, tt := range tests {
		if got := tt.mode.String(); got != tt.want {
			t.Errorf("String() = %q, want %q", got, tt.want)
		}
		got := ""
		if err := tt.mode.Check(); err != nil {
			got = err.Error()
		}
		if got != tt.bad {
			t.Errorf("%v: Check() = %q, want %q", tt.mode, got, tt.bad)
		}
	}
}

func TestOpenSerialNamesThePath(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{plain, plain + "-absent"} {
		p, err := port.OpenSerial(path, port.Mode{})
		if err == nil {
			p.Close()
			t.Fatalf("%s opened", path)
		}
		if want := "cannot open serial port " + path + ": "; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %q does not begin with %q", err, want)
		}
	}
}

func TestSerialCloseUnblocksRead(t *testing.T) {
	m, err := ptysim.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	p, err := port.OpenSerial(m.Path(), port.Mode{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, 1))
		done <- err
	}()
	if err := p.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-done; err == nil {
		t.Error("Read after Close: no error")
	}
	if err := p.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// answer is a peer that sends everything back, byte for byte plus one.
type answer struct {
	due []byte
	on  bool
}

func (a *answer) Receive(_ time.Time, rx []byte) {
	if a.on {
		for _, b := range rx {
			a.due = append(a.due, b+1)
		}
	}
}

func (a *answer) Advance(time.Time) []byte {
	tx := a.due
	a.due = nil
	return tx
}

func (a *answer) Wake() time.Time { return time.Time{} }

func TestPumpOverPty(t *testing.T) {
	link := filepath.Join(t.TempDir(), "validator")
	m, err := ptysim.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	peer := &answer{}
	srv := ptysim.Serve(t.Context(), m, peer, time.Now)
	defer srv.Close()
	srv.Do(func(time.Time) { peer.on = true })

	ctx, cancel := context.WithCancel(t.Context())
	cmds, events, done := make(chan text), make(chan string, 4), make(chan error, 1)
	go func() {
		done <- port.Run(ctx, func(context.Context) (port.Port, error) {
			return port.OpenSerial(link, port.Mode{Baud: 9600})
		}, &echo{}, cmds, func(e string) { events <- e }, time.Now, port.Options{})
	}()
	// A command sent before the line is open is lost, as on any line: ask again.
	for got := ""; got != "IBM\r\x04\x12\x01"; {
		cmds <- "HAL\x0c\x03\x11\x00"
		got = <-events
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// TestAPseudoTerminalHasNoRS485: the real ioctl, refused by a real driver.
func TestAPseudoTerminalHasNoRS485(t *testing.T) {
	pty, err := ptysim.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	p, err := port.OpenSerial(pty.Path(), port.Mode{RS485: port.RS485{On: true}})
	if err == nil {
		p.Close()
		t.Fatal("opened")
	}
	if !errors.Is(err, port.ErrNoRS485) || !strings.Contains(err.Error(), pty.Path()) {
		t.Errorf("error %v", err)
	}
}
