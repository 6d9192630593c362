package peripherals

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/boards"
	"wattkiosk/boards/sim"
	"wattkiosk/firmware/config"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ssp"
	"wattkiosk/hal/bill/ssp/sspsim"
	"wattkiosk/hal/port/ptysim"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/peripheral"
)

const ms = time.Millisecond

// counted is a validator on which something happens before the n-th byte it hears.
type counted struct {
	*sspsim.Device
	heard  int
	before int // 0 = never
	do     func(now time.Time)
}

// Receive implements hal.Peer.
func (c *counted) Receive(now time.Time, rx []byte) {
	for i := range rx {
		c.heard++
		if c.heard == c.before {
			c.do(now)
		}
		c.Device.Receive(now, rx[i:i+1])
	}
}

// cabin is a board with a validator on a pseudo terminal. Its folder and the
// validator outlive the runs of the software.
type cabin struct {
	t    *testing.T
	dir  string
	dev  *counted
	line *ptysim.Server

	set    *Set
	events chan bill.Event
	stop   context.CancelFunc
	ended  chan struct{}
}

func newCabin(t *testing.T, cfg sspsim.Config) *cabin {
	t.Helper()
	cfg.Config = billsim.Config{
		ReplyDelay: ms, BootTime: 20 * ms, InitTime: 20 * ms, AcceptTime: 30 * ms, LeverTime: 300 * ms, StackTime: 350 * ms, ReturnTime: 30 * ms,
		Rand: rand.New(rand.NewPCG(1, 1)),
	}
	cfg.Block, cfg.RAMStart, cfg.UploadPatience = 64, 30*ms, 600*ms
	c := &cabin{t: t, dir: t.TempDir(), dev: &counted{Device: sspsim.New(cfg)}}
	if err := os.Mkdir(filepath.Join(c.dir, "dev"), 0o755); err != nil {
		t.Fatal(err)
	}
	master, err := ptysim.Open(filepath.Join(c.dir, "dev", "validator"))
	if err != nil {
		t.Fatal(err)
	}
	c.line = ptysim.Serve(context.Background(), master, c.dev, time.Now)
	t.Cleanup(func() {
		c.off()
		if err := c.line.Close(); err != nil {
			t.Error(err)
		}
	})
	c.on()
	return c
}

// on starts the software; nothing but the validator is there.
func (c *cabin) on() {
	c.t.Helper()
	d := config.Default().Devices
	d.Validator = config.Device{Driver: "ssp"}
	set, err := New(sim.Board(c.dir), d, log)
	if err != nil {
		c.t.Fatal(err)
	}
	line := set.lendable[boards.Validator]
	line.flasher = ssp.NewFlasher(line.open, ssp.Times{
		Reply: 300 * ms, Switch: 10 * ms, RAM: 100 * ms, Check: 500 * ms, Restart: 10 * time.Second, Quiet: 700 * ms,
	})
	ctx, stop := context.WithCancel(context.Background())
	c.set, c.stop, c.ended, c.events = set, stop, make(chan struct{}), make(chan bill.Event, 1000)
	events := c.events
	go func() {
		defer close(c.ended)
		set.Run(ctx, Sink{Validator: func(e bill.Event) { events <- e }})
	}()
}

func (c *cabin) off() {
	c.stop()
	<-c.ended
}

// await waits for an event.
func (c *cabin) await(k bill.Kind) {
	c.t.Helper()
	within := time.After(20 * time.Second)
	for {
		select {
		case e := <-c.events:
			if e.Kind == k {
				return
			}
		case <-within:
			c.t.Fatalf("no %v", k)
		}
	}
}

func (c *cabin) order(op bill.Op) {
	c.t.Helper()
	if err := c.set.Validator(bill.Command{Op: op}); err != nil {
		c.t.Fatal(err)
	}
}

// borrow waits until the validator is settled.
func (c *cabin) borrow(ctx context.Context) (func(), error) {
	for {
		release, err := c.set.Borrow(ctx, boards.Validator)
		if !errors.Is(err, ErrInUse) {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(5 * ms):
		}
	}
}

func (c *cabin) installer() *peripheral.Installer {
	return &peripheral.Installer{
		Dir: filepath.Join(c.dir, "firmware"), Handlers: c.set.Flashers(),
		Lease: func(ctx context.Context, _ manifest.Device) (func(), error) {
			ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
			defer cancel()
			return c.borrow(ctx)
		},
	}
}

// name is the validator's firmware.
func (c *cabin) name() (name string) {
	c.line.Do(func(time.Time) { name = c.dev.Name() })
	return name
}

// before has something happen at the n-th byte from now.
func (c *cabin) before(n int, do func(now time.Time)) {
	c.line.Do(func(time.Time) { c.dev.before, c.dev.do = c.dev.heard+n, do })
}

func nv200(version string) manifest.Device {
	return manifest.Device{Class: "bill", Driver: "ssp", Model: "NV0200", Version: version}
}

// fileOf is a small firmware.
func fileOf(version string) []byte {
	return sspsim.Image{Name: "NV0200" + version, RAM: 40, Data: 150}.Bytes()
}

func code(err error) bundle.Code {
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestFlash(t *testing.T) {
	t.Parallel()
	c := newCabin(t, sspsim.Config{})
	c.await(bill.Disabled)
	for range 2 { // the same again changes nothing
		was, err := c.installer().InstallImage(t.Context(), "nv200", nv200("4280000000"), fileOf("4280000000"))
		if err != nil || was.Model != "NV0200" || c.name() != "NV02004280000000" {
			t.Fatalf("%+v, %v, it has %q", was, err, c.name())
		}
		c.await(bill.Disabled) // its driver is back
	}
	c.order(bill.Enable)
	c.await(bill.Idling)
	c.line.Do(func(now time.Time) {
		if err := c.dev.Insert(now, 5000, billsim.Genuine); err != nil {
			t.Error(err)
		}
	})
	c.await(bill.Escrowed)
	c.order(bill.Stack)
	c.await(bill.Stacked)
}

func TestFlashRefused(t *testing.T) {
	for _, tt := range []struct {
		name  string
		d     manifest.Device
		image []byte
		want  bundle.Code
	}{
		{"a picture", nv200("4280000000"), []byte("JFIF"), peripheral.WrongFile},
		{"damaged", nv200("4280000000"), fileOf("4280000000")[:300], peripheral.WrongFile},
		{"file of an NV9", nv200("4280000000"), sspsim.Image{Kind: 9}.Bytes(), peripheral.WrongFile},
		{"file that the device refuses", nv200("4280000000"), sspsim.Image{Kind: 0x21}.Bytes(), peripheral.WrongFile},
		{"another model", manifest.Device{Class: "bill", Driver: "ssp", Model: "NVS009", Version: "1"}, sspsim.Image{Kind: 9}.Bytes(), peripheral.WrongModel},
		{"older", nv200("4260000000"), fileOf("4260000000"), peripheral.Older},
		{"another driver", manifest.Device{Class: "bill", Driver: "ccnet", Model: "MSM", Version: "1"}, fileOf("1"), peripheral.NoHandler},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCabin(t, sspsim.Config{})
			_, err := c.installer().InstallImage(t.Context(), "x", tt.d, tt.image)
			if code(err) != tt.want || c.name() != "NV02004270000000" {
				t.Errorf("%v, it has %q", err, c.name())
			}
			if _, staged, err := c.installer().Staged(); staged || err != nil {
				t.Errorf("staged %v, %v", staged, err)
			}
		})
	}
}

// TestLineIsNotLent while a note or its report is not settled.
func TestLineIsNotLent(t *testing.T) {
	t.Parallel()
	c := newCabin(t, sspsim.Config{})
	refused := func(when string) {
		t.Helper()
		if release, err := c.set.Borrow(t.Context(), boards.Validator); !errors.Is(err, ErrInUse) || release != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if _, err := c.set.Flashers()[peripheral.Key{Class: "bill", Driver: "ssp"}].Current(t.Context()); err == nil {
			t.Fatalf("%s: the line was opened", when)
		}
	}
	c.await(bill.Disabled)
	c.order(bill.Enable)
	c.await(bill.Idling)
	refused("open")
	c.line.Do(func(now time.Time) {
		if err := c.dev.Insert(now, 5000, billsim.Genuine); err != nil {
			t.Error(err)
		}
	})
	c.await(bill.Escrowed)
	c.order(bill.Disable)
	refused("a note in escrow")
	c.order(bill.Stack)
	c.await(bill.Stacking)
	refused("stacking")
	c.await(bill.Stacked)
	refused("stacked, and not confirmed")
	c.line.Do(func(now time.Time) { c.dev.PowerCut(now); c.dev.PowerOn(now) })
	c.await(bill.Starting)
	refused("the device told of the note once more")
	c.order(bill.Confirm)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	release, err := c.borrow(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.set.Borrow(ctx, boards.Validator); !errors.Is(err, ErrInUse) {
		t.Errorf("lent twice: %v", err)
	}
	if h := c.set.Health(); h[len(h)-1].State != hal.DeviceStarting {
		t.Errorf("%+v", h)
	}
	release()
	release()
	c.await(bill.Disabled)
	if _, err := c.set.Borrow(t.Context(), boards.Printer); !errors.Is(err, ErrNotLent) {
		t.Error(err)
	}
}

// TestCutAndResume cuts the power of the device, or ends the software, at many bytes
// of a flash.
func TestCutAndResume(t *testing.T) {
	for n := 3; n < 480; n += 119 {
		for _, what := range []string{"device", "kiosk"} {
			t.Run(fmt.Sprint(what, n), func(t *testing.T) {
				t.Parallel()
				c := newCabin(t, sspsim.Config{})
				c.await(bill.Disabled)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				release, err := c.borrow(ctx)
				if err != nil {
					t.Fatal(err)
				}
				defer release()
				i := c.installer()
				i.Lease = func(context.Context, manifest.Device) (func(), error) { return release, nil }
				if what == "device" {
					c.before(n, func(now time.Time) { c.dev.PowerCut(now); c.dev.PowerOn(now) })
				} else {
					c.before(n, func(time.Time) { cancel() })
				}
				_, err = i.InstallImage(ctx, "nv200", nv200("4280000000"), fileOf("4280000000"))
				if what == "kiosk" {
					if err == nil {
						t.Fatal("not cut")
					}
					c.off()
					c.on()
				}
				for range peripheral.MaxAttempts {
					if err = c.installer().Resume(t.Context()); err == nil {
						break
					}
				}
				_, staged, serr := c.installer().Staged()
				if n < 30 && !staged && c.name() == "NV02004270000000" {
					return // cut before it was staged
				}
				if err != nil || serr != nil || staged || c.name() != "NV02004280000000" {
					t.Errorf("%v, staged %v, it has %q", err, staged, c.name())
				}
				c.await(bill.Disabled)
			})
		}
	}
}

// TestFlashOverNoise: a bad line costs attempts, and nothing wrong is flashed.
func TestFlashOverNoise(t *testing.T) {
	t.Parallel()
	c := newCabin(t, sspsim.Config{})
	c.await(bill.Disabled)
	noise := func(clear bool) {
		c.line.Do(func(time.Time) {
			if err := c.dev.Fault(billsim.Noise, clear); err != nil {
				t.Error(err)
			}
		})
	}
	c.before(250, func(time.Time) {
		if err := c.dev.Fault(billsim.Noise, false); err != nil {
			t.Error(err)
		}
	})
	if _, err := c.installer().InstallImage(t.Context(), "nv200", nv200("4280000000"), fileOf("4280000000")); err == nil || code(err) != "" {
		t.Fatalf("%v, it has %q", err, c.name())
	}
	if c.name() != "" {
		t.Errorf("it has %q", c.name())
	}
	noise(true)
	if err := c.installer().Resume(t.Context()); err != nil || c.name() != "NV02004280000000" {
		t.Errorf("%v, it has %q", err, c.name())
	}
}
