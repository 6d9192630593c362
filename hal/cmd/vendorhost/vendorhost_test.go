package main_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/vendor"
	"wattkiosk/hal/port"
)

// machine is where vendorhost and the library run.
type machine struct {
	arch, cc string
	env      []string
	link     string
	wrapper  []string
}

var machines = []machine{
	{arch: "amd64", cc: "gcc", env: []string{"GOARCH=amd64"}},
	{
		arch: "arm64", cc: "aarch64-linux-gnu-gcc", env: []string{"GOARCH=arm64"},
		wrapper: []string{"qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"},
	},
	{
		arch: "armhf", cc: "arm-linux-gnueabihf-gcc", env: []string{"GOARCH=arm", "GOARM=7"},
		link:    "-I /lib/ld-linux-armhf.so.3", // the hard-float loader
		wrapper: []string{"qemu-arm-static", "-L", "/usr/arm-linux-gnueabihf"},
	},
}

// build makes vendorhost with the reader's library, or skips.
func (m machine) build(t *testing.T) *vendor.Host {
	t.Helper()

	return m.buildFrom(t, "testdata/reader.c", func(library string) string {
		text, err := os.ReadFile("testdata/reader.toml")
		if err != nil {
			t.Fatal(err)
		}

		return strings.ReplaceAll(string(text), "@LIBRARY@", library)
	})
}

// needs skips where a tool is missing.
func (m machine) needs(t *testing.T) {
	t.Helper()
	for _, tool := range append([]string{m.cc}, m.wrapper[:min(len(m.wrapper), 1)]...) {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}

func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// reader is a driver on a host, in real time.
type reader struct {
	t      *testing.T
	cmds   chan card.Command
	events chan card.Event
	errs   chan error
	id     uint32
}

func start(t *testing.T, h *vendor.Host) *reader {
	t.Helper()
	abi, err := vendor.LoadABI(h.ABI)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, cmds: make(chan card.Command), events: make(chan card.Event, 64), errs: make(chan error, 64)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- port.Run(ctx, h.Open, card.Engine(vendor.New(abi)), r.cmds, func(e card.Event) { r.events <- e }, time.Now,
			port.Options{MaxBackoff: 200 * time.Millisecond, OnError: func(err error) { r.errs <- err }})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	r.online()
	return r
}

// online waits until the reader says where the card is.
func (r *reader) online() {
	r.t.Helper()
	for e := r.next(); e.Kind != card.StatusChanged || e.Status.State != hal.DeviceOnline; e = r.next() {
	}
}

func (r *reader) next() card.Event {
	r.t.Helper()
	select {
	case e := <-r.events:
		return e
	case <-time.After(60 * time.Second):
		r.t.Fatal("no event")
		return card.Event{}
	}
}

// do gives a command and returns its outcome.
func (r *reader) do(c card.Command) card.Event {
	r.t.Helper()
	r.id++
	c.ID = r.id
	r.cmds <- c
	for {
		if e := r.next(); e.Kind != card.StatusChanged {
			if e.ID != c.ID {
				r.t.Fatalf("outcome of %d, want %d", e.ID, c.ID)
			}
			return e
		}
	}
}

func TestLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C and waits for real deadlines")
	}
	for _, m := range machines {
		t.Run(m.arch, func(t *testing.T) {
			t.Parallel()
			h := m.build(t)
			var ahead atomic.Int64 // of the host's clock
			h.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			r := start(t, h)
			echo := []byte{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01}

			if e := r.do(card.Command{Op: card.Transmit, Data: echo}); e.Kind != card.NotDone || !errors.Is(e.Err, card.ErrNotPowered) {
				t.Errorf("without power: %+v", e)
			}
			powered := func() {
				t.Helper()
				if e := r.do(card.Command{Op: card.PowerOn}); e.Kind != card.Done || !bytes.Equal(e.Data, []byte{0x3B, 0x68, 0, 0}) {
					t.Errorf("power on: %+v", e)
				}
			}
			powered()
			if e := r.do(card.Command{Op: card.Transmit, Data: echo}); e.Kind != card.Done || !bytes.Equal(e.Data, append(bytes.Clone(echo), 0x90, 0)) {
				t.Errorf("transmit: %+v", e)
			}
			if e := r.do(card.Command{Op: card.Write, Address: 3, Data: []byte{7, 8}}); e.Kind != card.Done {
				t.Errorf("write: %+v", e)
			}
			if e := r.do(card.Command{Op: card.Read, Address: 2, Length: 4}); e.Kind != card.Done || !bytes.Equal(e.Data, []byte{0, 7, 8, 0}) {
				t.Errorf("read: %+v", e)
			}
			if e := r.do(card.Command{Op: card.Read, Address: 14, Length: 4}); e.Kind != card.NotDone || !errors.Is(e.Err, card.ErrArgument) {
				t.Errorf("read past the end: %+v", e)
			}
			if e := r.do(card.Command{Op: card.ReadTracks}); e.Kind != card.Done || len(e.Tracks[0]) != 0 || string(e.Tracks[1]) != "6200000000000000=30121010000000000000" {
				t.Errorf("tracks: %v, %d and %d bytes", e.Kind, len(e.Tracks[0]), len(e.Tracks[1]))
			}
			if e := r.do(card.Command{Op: card.Eject}); e.Kind != card.NotDone || !errors.Is(e.Err, card.ErrUnsupported) {
				t.Errorf("eject: %+v", e)
			}
			misbehave := func(how byte) card.Event {
				return r.do(card.Command{Op: card.Transmit, Data: []byte{0xDE, how, 0, 0, 0}})
			}
			if e := misbehave(0x03); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrDevice) {
				t.Errorf("a code nobody listed: %+v", e)
			}
			if e := misbehave(0x04); e.Kind != card.Unknown {
				t.Errorf("a code listed as unknown: %+v", e)
			}
			for _, c := range []struct {
				name string
				how  byte
			}{{"segmentation fault", 0xAD}, {"hang", 0x01}, {"abort", 0x02}, {"exit", 0x05}} {
				if e := misbehave(c.how); e.Kind != card.Unknown {
					t.Errorf("%s: %+v", c.name, e)
				}
				r.online()
				powered() // the next child works
			}
			if !h.Quarantined().IsZero() {
				t.Error("in quarantine after four crashes")
			}
			misbehave(0xAD)
			if h.Quarantined().IsZero() {
				t.Fatal("not in quarantine after five crashes")
			}
			for told := false; !told; {
				select {
				case err := <-r.errs:
					told = errors.Is(err, vendor.ErrQuarantined)
				case <-time.After(30 * time.Second):
					t.Fatal("nobody was told of the quarantine")
				}
			}
			ahead.Store(int64(vendor.QuarantineTime))
			r.online()
			powered()
		})
	}
}

func TestMissingFunctionShowsAtTheStart(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C")
	}
	h := machines[0].build(t)
	b, err := os.ReadFile(h.ABI)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.ABI, bytes.ReplaceAll(b, []byte("dev_read"), []byte("dev_reed")), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := h.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var got bytes.Buffer
	if _, err := got.ReadFrom(p); err != nil {
		t.Fatal(err)
	}
	var r vendor.Response
	if _, ok, err := vendor.CutFrame(got.Bytes(), &r); !ok || err != nil || !strings.Contains(r.Fatal, "op.read: function dev_reed") {
		t.Errorf("%+v, %v, %v", r, ok, err)
	}
}
