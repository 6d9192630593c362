package vpcdsim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"wattkiosk/boards/ground/child/childtest"
	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/pcsc"
	"wattkiosk/hal/card/pcsc/vpcdsim"
	"wattkiosk/hal/port"
)

// patience bounds every wait for the real daemon.
const patience = 30 * time.Second

// vpcdLibrary is the driver of Debian's package vsmartcard-vpcd.
const vpcdLibrary = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

// daemon is a real pcscd with the virtual reader.
type daemon struct {
	t    *testing.T
	conf string
	addr string // of the virtual slot
	cmd  *exec.Cmd
	log  bytes.Buffer
}

// newDaemon starts pcscd. Its socket has one fixed place, so the tests that use it
// stand in line at a lock file.
func newDaemon(t *testing.T) *daemon {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a real pcscd")
	}
	for _, f := range []string{"/usr/sbin/pcscd", vpcdLibrary} {
		if _, err := os.Stat(f); err != nil {
			t.Skipf("not installed: %v", err)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("pcscd listens in a place that only root may write to")
	}
	lockFile(t)
	number := childtest.FreePort(t)
	d := &daemon{t: t, conf: t.TempDir(), addr: fmt.Sprintf("127.0.0.1:%d", number)}
	text := fmt.Sprintf("FRIENDLYNAME \"Test Slot\"\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n", number, vpcdLibrary, number)
	if err := os.WriteFile(filepath.Join(d.conf, "vpcd"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	d.start()
	return d
}

func lockFile(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "wattkiosk-pcscd-test.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
}

func (d *daemon) start() {
	d.t.Helper()
	d.cmd = exec.Command("/usr/sbin/pcscd", "--foreground", "--config", d.conf)
	d.log.Reset()
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Logf("pcscd is process %d", d.cmd.Process.Pid)
}

// kill ends pcscd as a crash does.
func (d *daemon) kill() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait() // killed: never nil
	d.cmd = nil
}

// stop ends pcscd as systemd does, so that it takes its socket away.
func (d *daemon) stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	if err := d.cmd.Wait(); err != nil {
		d.t.Logf("pcscd ended: %v", err)
	}
	d.cmd = nil
}

// insert puts a chip into the slot, once pcscd listens there.
func (d *daemon) insert(chip cardsim.Processor) *vpcdsim.Card {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := vpcdsim.Insert(ctx, d.addr, chip)
		if err == nil {
			return c
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			d.t.Fatalf("%v; pcscd said: %s", err, d.log.String())
		}
	}
}

// kiosk is the driver on a real pump.
type kiosk struct {
	*testing.T
	cmds   chan card.Command
	events chan card.Event
	status card.Status
	id     uint32
}

func newKiosk(t *testing.T, cfg pcsc.Config) *kiosk {
	t.Helper()
	k := &kiosk{T: t, cmds: make(chan card.Command), events: make(chan card.Event, 64)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		opts := port.Options{MaxBackoff: 300 * time.Millisecond, OnError: func(err error) { t.Logf("pump: %v", err) }}
		done <- port.Run(ctx, pcsc.Open(""), pcsc.New(cfg), k.cmds, func(e card.Event) { k.events <- e }, time.Now, opts)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return k
}

// next is the next event.
func (k *kiosk) next() card.Event {
	k.Helper()
	select {
	case e := <-k.events:
		if e.Kind == card.StatusChanged {
			k.status = e.Status
		}
		return e
	case <-time.After(patience):
		k.Fatal("no event")
	}
	return card.Event{}
}

func (k *kiosk) await(state hal.DeviceState, m card.Media) {
	k.Helper()
	for k.status.State != state || k.status.Media != m {
		k.next()
	}
}

func (k *kiosk) start(c card.Command) uint32 {
	k.id++
	c.ID = k.id
	k.cmds <- c
	return c.ID
}

func (k *kiosk) outcome(id uint32) card.Event {
	k.Helper()
	for {
		if e := k.next(); e.Kind != card.StatusChanged {
			if e.ID != id {
				k.Fatalf("outcome of command %d, want %d", e.ID, id)
			}
			return e
		}
	}
}

func (k *kiosk) want(c card.Command, kind card.Kind, is error) []byte {
	k.Helper()
	e := k.outcome(k.start(c))
	if e.Kind != kind || is != nil && !errors.Is(e.Err, is) || is == nil && e.Err != nil {
		k.Fatalf("%v: %v, %v; want %v, %v", c.Op, e.Kind, e.Err, kind, is)
	}
	return e.Data
}

func TestPulledAndKilled(t *testing.T) {
	d := newDaemon(t)
	k := newKiosk(t, pcsc.Config{Reader: "Test Slot", Silence: 200 * time.Millisecond})
	k.await(hal.DeviceOnline, card.NotPresent)
	chip := &cardsim.Recorder{Processor: &cardsim.Script{ATR: atr(), Answer: func([]byte) []byte { return []byte{0x90, 0} }}}
	c := d.insert(chip)
	k.await(hal.DeviceOnline, card.Latched)
	if got := k.want(card.Command{Op: card.PowerOn}, card.Done, nil); !bytes.Equal(got, atr()) {
		t.Errorf("ATR % X", got)
	}
	write := card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 4, 1, 2, 3, 4}}
	k.want(write, card.Done, nil)

	// Pulled out after the chip has worked, before its answer left.
	worked := 0
	c.After(func([]byte) bool { worked++; return false })
	k.want(write, card.Unknown, card.ErrPulled)
	if err := c.Pull(); err != nil {
		t.Error(err)
	}
	if worked != 1 {
		t.Errorf("the chip worked %d times, want 1", worked)
	}
	k.await(hal.DeviceOnline, card.NotPresent)
	k.want(write, card.NotDone, card.ErrNoCard)

	// pcscd is killed while the chip works.
	c = d.insert(chip)
	k.await(hal.DeviceOnline, card.Latched)
	k.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	reached, killed := make(chan struct{}), make(chan struct{})
	c.After(func([]byte) bool { close(reached); <-killed; return false })
	id := k.start(write)
	<-reached
	d.kill()
	close(killed)
	if e := k.outcome(id); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrSilent) {
		t.Errorf("killed: %v, %v", e.Kind, e.Err)
	}
	if err := c.Pull(); err != nil {
		t.Error(err)
	}
	k.await(hal.DeviceOffline, card.MediaUnknown)
	k.want(write, card.NotDone, card.ErrSilent)

	d.start()
	k.await(hal.DeviceOnline, card.NotPresent)
	c = d.insert(chip)
	k.await(hal.DeviceOnline, card.Latched)
	k.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	k.want(card.Command{Op: card.PowerOn}, card.Done, nil) // warm
	k.want(write, card.Done, nil)
	k.want(card.Command{Op: card.Eject}, card.Done, nil)
	k.want(write, card.NotDone, card.ErrNotPowered)
	if err := c.Pull(); err != nil {
		t.Error(err)
	}
	k.await(hal.DeviceOnline, card.NotPresent)
}
