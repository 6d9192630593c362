package sspsim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ssp"
	"wattkiosk/hal/bill/ssp/sspsim"
)

const (
	oldName = "NV02004270000000"
	newName = "NV02004280000000"
)

var errHost = errors.New("the host has no power")

// shop is a device on a line that takes its time, in virtual time.
type shop struct {
	dev *sspsim.Device

	mu      sync.Mutex
	host    *end // nil while the line is closed
	kick    chan struct{}
	heard   int               // bytes that the device got
	at      map[int]func()    // what happens before a byte, by its number
	spoil   func(b byte) byte // on the way to the device; may be nil
	bauds   []int
	stopped chan struct{}
}

// open runs a device for the length of a test.
func openShop(t *testing.T, cfg sspsim.Config) *shop {
	s := &shop{dev: sspsim.New(cfg), kick: make(chan struct{}, 1), at: map[int]func(){}, stopped: make(chan struct{})}
	done := make(chan struct{})
	go func() { defer close(done); s.run() }()
	t.Cleanup(func() { close(s.stopped); <-done })
	time.Sleep(4 * time.Second) // it initialises
	return s
}

func (s *shop) flasher() *ssp.Flasher { return &ssp.Flasher{Open: s.open} }

func (s *shop) open(_ context.Context, baud int) (io.ReadWriteCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host != nil {
		return nil, errors.New("the line is in use")
	}
	s.bauds = append(s.bauds, baud)
	s.host = &end{shop: s, baud: baud, rx: make(chan []byte, 1000), closed: make(chan struct{})}
	return s.host, nil
}

// run gives the device the time.
func (s *shop) run() {
	for {
		s.mu.Lock()
		tx := append([]byte(nil), s.dev.Advance(time.Now())...)
		wake := s.dev.Wake()
		if len(tx) > 0 && s.host != nil {
			s.host.rx <- tx
		}
		s.mu.Unlock()
		pause := time.Hour
		if !wake.IsZero() {
			pause = max(time.Until(wake), time.Millisecond)
		}
		select {
		case <-time.After(pause):
		case <-s.kick:
		case <-s.stopped:
			return
		}
	}
}

// take passes one byte to the device.
func (s *shop) take(b byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.at[s.heard]; f != nil {
		delete(s.at, s.heard)
		f()
	}
	s.heard++
	if s.spoil != nil {
		b = s.spoil(b)
	}
	s.dev.Receive(time.Now(), []byte{b})
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// cut takes the device's power, and gives it back a second later.
func (s *shop) cut() {
	s.dev.PowerCut(time.Now())
	time.AfterFunc(time.Second, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.dev.PowerOn(time.Now())
		select {
		case s.kick <- struct{}{}:
		default:
		}
	})
}

// end is the host's end of the line.
type end struct {
	shop   *shop
	baud   int
	rx     chan []byte
	kept   []byte
	once   sync.Once
	closed chan struct{}
}

func (e *end) Write(p []byte) (int, error) {
	for _, b := range p {
		time.Sleep(11 * time.Second / time.Duration(e.baud))
		select {
		case <-e.closed:
			return 0, errHost
		default:
		}
		e.shop.take(b)
	}
	return len(p), nil
}

func (e *end) Read(p []byte) (int, error) {
	for len(e.kept) == 0 {
		select {
		case e.kept = <-e.rx:
		case <-e.closed:
			return 0, io.EOF
		}
	}
	n := copy(p, e.kept)
	e.kept = e.kept[n:]
	return n, nil
}

func (e *end) Close() error {
	e.once.Do(func() {
		close(e.closed)
		e.shop.mu.Lock()
		defer e.shop.mu.Unlock()
		e.shop.host = nil
	})
	return nil
}

func parse(t *testing.T, i sspsim.Image) *ssp.File {
	t.Helper()
	f, err := ssp.ParseFile(i.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFlash(t *testing.T) {
	for _, c := range []struct {
		name  string
		cfg   sspsim.Config
		image sspsim.Image
		model string
		baud  int
	}{
		{"NV200", sspsim.Config{}, sspsim.Image{}, "NV0200", 38400},
		{"at its speed", sspsim.Config{}, sspsim.Image{Baud: 115200, Block: 1024}, "NV0200", 115200},
		{"whole blocks", sspsim.Config{Block: 500}, sspsim.Image{Block: 500}, "NV0200", 38400},
		{"padded", sspsim.Config{Padded: true}, sspsim.Image{Block: 1024, Padded: true}, "NV0200", 38400},
		{"NV9, whose speed is fixed", sspsim.Config{Firmware: "NVS0091092500000"}, sspsim.Image{Name: "NVS0091092600000", Baud: 115200}, "NVS009", 38400},
		{"old device", sspsim.Config{Plain: true}, sspsim.Image{}, "NV0200", 38400},
		{"in its loader", sspsim.Config{Erased: true}, sspsim.Image{}, "NV0200", 38400},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openShop(t, c.cfg)
				f := s.flasher()
				file := parse(t, c.image)
				last := 0
				if err := f.Program(t.Context(), file, func(done int) {
					if done <= last {
						t.Errorf("%d bytes after %d", done, last)
					}
					last = done
				}); err != nil {
					t.Fatal(err)
				}
				now, err := f.Restarted(t.Context())
				if err != nil || now.Loader || now.Model != c.model || last != file.Size() {
					t.Errorf("%+v, %v, %d of %d bytes", now, err, last, file.Size())
				}
				if !bytes.Equal(s.dev.Written(), file.Data()[:5000]) || s.bauds[0] != 9600 || s.bauds[1] != c.baud || s.bauds[2] != c.baud || s.bauds[3] != 9600 {
					t.Errorf("%d bytes written, at speeds %v", len(s.dev.Written()), s.bauds)
				}
			})
		})
	}
}

// TestFlashBytes is a flash by hand, byte for byte.
func TestFlashBytes(t *testing.T) {
	b := newBench(t, sspsim.Config{Block: 64})
	b.ready("56")
	b.say("20", "F0 4E 56 30 32 30 30 34 32 37 30 30 30 30 30 30 30")
	b.say("0B 04", "F4")
	b.say("0B 03", "F0 40 00")
	image := sspsim.Image{RAM: 3, Data: 100}.Bytes()
	b.say(fmt.Sprintf("%x", image[:128]), "F0")
	raw := func(tx []byte, want ...byte) {
		t.Helper()
		if got := b.send(tx); !bytes.Equal(got, want) {
			t.Fatalf("% X: % X, want % X", tx, got, want)
		}
	}
	raw(image[128:130])
	raw(image[130:131], image[128]^image[129]^image[130])
	raw([]byte{0x8C}) // the RAM block does not run yet
	b.wait(2 * time.Second)
	raw([]byte{0x8C}, 0x32)
	raw(image[:128], 0x32)
	var x, y byte
	for _, c := range image[131:195] {
		x ^= c
	}
	for _, c := range image[195:] {
		y ^= c
	}
	raw(append(bytes.Clone(image[131:195]), x), x)
	if b.dev.Name() != "" {
		t.Error("it has firmware before the last block")
	}
	raw(append(bytes.Clone(image[195:]), y), y)
	if b.dev.Name() != newName {
		t.Errorf("it has %q", b.dev.Name())
	}
	b.wait(5 * time.Second)
	b.expect(syncFrame, ok1)
	b.bit = ssp.SeqBit
	b.say("20", "F0 4E 56 30 32 30 30 34 32 38 30 30 30 30 30 30 30")
	b.say("56", "F0 F1 E8")
}

// TestFlashRefused: nothing was erased.
func TestFlashRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		cfg   sspsim.Config
		image sspsim.Image
		want  error
	}{
		{"file of an NV9", sspsim.Config{}, sspsim.Image{Kind: 9}, ssp.ErrFile},
		{"file of an NV10", sspsim.Config{}, sspsim.Image{Kind: 10}, ssp.ErrFile},
		{"file of an NV200 for an NV9", sspsim.Config{Firmware: "NVS0091092500000"}, sspsim.Image{}, ssp.ErrFile},
		{"another kind, which only the device knows", sspsim.Config{}, sspsim.Image{Kind: 0x21}, ssp.ErrRefused},
		{"other blocks", sspsim.Config{}, sspsim.Image{Block: 2048}, ssp.ErrFile},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openShop(t, c.cfg)
				was := s.dev.Name()
				err := s.flasher().Program(t.Context(), parse(t, c.image), func(int) { t.Error("progress") })
				if !errors.Is(err, c.want) || s.dev.Name() != was || was == "" {
					t.Errorf("%v, the device has %q", err, s.dev.Name())
				}
			})
		})
	}
}

// TestFlashNotWithANote: a device with a note anywhere does not begin.
func TestFlashNotWithANote(t *testing.T) {
	b := newBench(t, sspsim.Config{})
	b.ready("56")
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.say("18", "F0")
	b.say("0B 03", "F5")
	b.say("56", "F0 EF 04")
	b.say("56", "F0 CC")
	b.wait(time.Second)
	b.say("0B 03", "F5")
	b.say("56", "F0 EE 04")
	b.say("0B 03", "F5") // the credit was told, and not acknowledged
	b.say("57", "F0")
	b.say("56", "F0 EB")
	b.say("0B 03", "F0 00 04")
}

// flashed is how many bytes a flash of the small image sends.
var small = sspsim.Image{RAM: 40, Data: 150}

// TestFlashCut cuts the device's power, or the host's, before each byte of a flash
// and flashes again.
func TestFlashCut(t *testing.T) {
	total := 0
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, sspsim.Config{Block: 64})
		if err := s.flasher().Program(t.Context(), parse(t, small), func(int) {}); err != nil {
			t.Fatal(err)
		}
		total = s.heard
	})
	if total < 450 {
		t.Fatalf("%d bytes", total)
	}
	for _, what := range []string{"device", "host"} {
		loader, whole := 0, 0
		for n := range total {
			synctest.Test(t, func(t *testing.T) {
				s := openShop(t, sspsim.Config{Block: 64})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s.at[n] = cancel
				if what == "device" {
					s.at[n] = s.cut
				}
				err := s.flasher().Program(ctx, parse(t, small), func(int) {})
				if err == nil && s.dev.Name() != newName {
					t.Fatalf("%s cut before byte %d: done, and it has %q", what, n, s.dev.Name())
				}
				switch s.dev.Name() {
				case "":
					loader++
				case oldName:
					whole++
				}
				again(t, s)
			})
		}
		if loader < total/2 || whole < 10 || loader+whole < total-3 {
			t.Errorf("%s: %d times in its loader, %d times as it was, of %d", what, loader, whole, total)
		}
	}
}

// again flashes until the device takes it.
func again(t *testing.T, s *shop) {
	t.Helper()
	var err error
	for range 3 {
		if err = s.flasher().Program(t.Context(), parse(t, small), func(int) {}); err == nil {
			break
		}
		time.Sleep(10 * time.Second)
	}
	now, e := s.flasher().Restarted(t.Context())
	if err != nil || e != nil || now != (ssp.Identity{Model: "NV0200", Version: newName[6:]}) {
		t.Errorf("%+v, %v, %v", now, err, e)
	}
}

// TestFlashNoise spoils each byte in turn: what is wrong is found out, and never
// flashed.
func TestFlashNoise(t *testing.T) {
	for n := 0; n < 480; n += 7 {
		synctest.Test(t, func(t *testing.T) {
			s := openShop(t, sspsim.Config{Block: 64})
			s.at[n] = func() { s.spoil = func(b byte) byte { s.spoil = nil; return b ^ 0x10 } }
			err := s.flasher().Program(t.Context(), parse(t, small), func(int) {})
			if s.dev.Name() == newName && (err != nil || !bytes.Equal(s.dev.Written(), small.Bytes()[168:])) {
				t.Errorf("byte %d: %v, and it has other firmware", n, err)
			}
			if err != nil {
				again(t, s)
			}
		})
	}
}

func TestIdentify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, sspsim.Config{})
		now, err := s.flasher().Identify(t.Context())
		if err != nil || now != (ssp.Identity{Model: "NV0200", Version: "4270000000"}) {
			t.Errorf("%+v, %v", now, err)
		}
		if err := s.dev.Fault(billsim.Silent, false); err != nil {
			t.Fatal(err)
		}
		if _, err := s.flasher().Identify(t.Context()); !errors.Is(err, ssp.ErrNoReply) {
			t.Error(err)
		}
		if _, err := s.flasher().Restarted(t.Context()); !errors.Is(err, ssp.ErrNoReply) {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, sspsim.Config{Erased: true})
		if now, err := s.flasher().Identify(t.Context()); err != nil || now != (ssp.Identity{Loader: true}) {
			t.Errorf("%+v, %v", now, err)
		}
	})
}

// TestSettled: the line may not be taken before the end of the last note is
// acknowledged.
func TestSettled(t *testing.T) {
	for _, plain := range []bool{false, true} {
		var d *ssp.Driver
		dev := sspsim.New(sspsim.Config{Plain: plain})
		r := rigOf(t, dev, func() *ssp.Driver { d = ssp.New(ssp.Config{}); return d })
		is := func(want bool, when string) {
			t.Helper()
			if d.Settled() != want {
				t.Errorf("plain %v, %s: settled is %v", plain, when, !want)
			}
		}
		is(false, "nothing heard")
		r.Await(bill.Disabled)
		is(true, "disabled")
		r.Do(bill.Enable)
		is(false, "told to open")
		r.Await(bill.Idling)
		is(false, "open")
		if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
			t.Fatal(err)
		}
		r.Await(bill.Escrowed)
		r.Do(bill.Disable)
		r.RunFor(2 * time.Second)
		is(false, "a note in escrow")
		r.Do(bill.Stack)
		r.Await(bill.Stacking)
		is(false, "stacking")
		r.Await(bill.Stacked)
		r.RunFor(10 * time.Second)
		is(false, "stacked, and not confirmed")
		r.Do(bill.Confirm)
		is(false, "not acknowledged")
		r.Await(bill.Disabled)
		is(true, "at rest")
		dev.PowerCut(r.Now)
		r.Await(bill.Silent)
		is(false, "silent")
	}
}

// TestSettledInLoader: a device that has no firmware may be flashed, and says why it
// takes no notes.
func TestSettledInLoader(t *testing.T) {
	var d *ssp.Driver
	r := rigOf(t, sspsim.New(sspsim.Config{Erased: true}), func() *ssp.Driver { d = ssp.New(ssp.Config{}); return d })
	r.Await(bill.Failed)
	if !d.Settled() {
		t.Error("not settled")
	}
	r.RunFor(time.Minute)
	if n := r.Count(bill.Disabled) + r.Count(bill.Idling) + r.Count(bill.PoweredUp); n != 0 || !d.Settled() {
		t.Errorf("%d events of a device that works", n)
	}
}
