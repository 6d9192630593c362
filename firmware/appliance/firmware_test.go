package appliance

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/config"
	"wattkiosk/firmware/updater"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ssp/sspsim"
	"wattkiosk/hal/port/ptysim"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/update/updatetest"
	"wattkiosk/uplink/wire"
)

// flashable is a validator on which something happens before the n-th byte it hears.
type flashable struct {
	*sspsim.Device
	heard, before int
	do            func(now time.Time)
}

// Receive implements hal.Peer.
func (f *flashable) Receive(now time.Time, rx []byte) {
	for i := range rx {
		if f.heard++; f.heard == f.before {
			f.do(now)
		}
		f.Device.Receive(now, rx[i:i+1])
	}
}

// plant is a home with a validator that takes firmware, and the update agent of its
// board.
type plant struct {
	*home
	dev   *flashable
	line  *ptysim.Server
	agent *updater.Agent
	key   ed25519.PrivateKey
	fleet *updatetest.Fleet
	file  []byte
}

func newPlant(t *testing.T) *plant {
	t.Helper()
	const ms = time.Millisecond
	p := &plant{home: newHome(t), fleet: updatetest.NewFleet(t)}
	p.dev = &flashable{Device: sspsim.New(sspsim.Config{
		Config: billsim.Config{
			ReplyDelay: ms, BootTime: 50 * ms, InitTime: 50 * ms, AcceptTime: 150 * ms, LeverTime: 120 * ms, StackTime: 150 * ms, ReturnTime: 150 * ms,
		},
		RAMStart: 100 * ms, UploadPatience: 5 * time.Second,
	})}
	master, err := ptysim.Open(filepath.Join(p.dir, "itl"))
	if err != nil {
		t.Fatal(err)
	}
	p.line = ptysim.Serve(context.Background(), master, p.dev, time.Now)
	t.Cleanup(func() {
		if err := p.line.Close(); err != nil {
			t.Error(err)
		}
	})
	p.cfg.Devices.Validator = config.Device{Driver: "ssp", Port: filepath.Join(p.dir, "itl")}
	p.startAgent()
	return p
}

// startAgent runs the real agent over a board in a folder.
func (p *plant) startAgent() {
	p.t.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.key = key
	kioskd := updater.NewControl(p.cfg.ControlSocket)
	p.agent, err = updater.New(updater.Config{
		Who:   func() updater.Identity { return updater.Identity{Kiosk: p.cfg.Kiosk, Zone: time.UTC, Key: public} },
		Board: p.fleet.Site(p.t).Open(), Kioskd: kioskd, Devices: kioskd, Fetch: p, Content: p, Clock: wallClock{time.Now()},
		Restart: func(context.Context) error { return errors.New("no restart is due") }, Rand: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.agent.Run(ctx) }()
	p.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			p.t.Error(err)
		}
	})
}

// wallClock is the time of this machine.
type wallClock struct{ begun time.Time }

func (wallClock) Now() time.Time                         { return time.Now() }
func (wallClock) Trusted() bool                          { return true }
func (c wallClock) Elapsed() time.Duration               { return time.Since(c.begun) }
func (wallClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Open implements updater.Fetcher.
func (p *plant) Open(context.Context, string, int64) (io.ReaderAt, int64, error) {
	return bytes.NewReader(p.file), int64(len(p.file)), nil
}

// InstallContent implements updater.ContentInstaller.
func (p *plant) InstallContent(context.Context, *bundle.Bundle, string, func(done, all int64)) error {
	return nil
}

// send has head office send a signed bundle with the firmware of a version.
func (p *plant) send(version string) {
	p.t.Helper()
	p.file = p.fleet.Firmware(p.t, 9, manifest.Device{Class: "bill", Driver: "ssp", Model: "NV0200", Version: version}, sspsim.Image{Name: "NV0200" + version}.Bytes())
	now := time.Now().UnixMilli()
	job, err := wire.SignJob(p.key, wire.Job{
		V: wire.Version, Kiosk: p.cfg.Kiosk, ID: "r1-1", Kind: wire.JobContent, Issued: now, Deadline: now + time.Hour.Milliseconds(), Version: "v9",
		Bundle: &wire.JobBundle{URL: "https://office/bundles/9", Size: int64(len(p.file)), SHA256: manifest.Digest{1}},
	})
	if err == nil {
		err = p.agent.Offer(&job)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// report is what the agent tells head office.
func (p *plant) report() wire.JobReport {
	if s, _ := p.agent.State(); s.Job != nil {
		return *s.Job
	}
	return wire.JobReport{}
}

// good waits for the end of the job.
func (p *plant) good() {
	p.t.Helper()
	for late := time.Now().Add(2 * time.Minute); !p.report().Phase.Final(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			p.t.Fatalf("no end: %+v", p.report())
		}
	}
	if r := p.report(); r.Phase != wire.PhaseGood || r.Detail != "bill ssp NV0200: 4270000000 to 4280000000" {
		p.t.Fatalf("%+v", r)
	}
	if name := p.name(); name != "NV02004280000000" {
		p.t.Errorf("the validator has %q", name)
	}
}

func (p *plant) name() (name string) {
	p.line.Do(func(time.Time) { name = p.dev.Name() })
	return name
}

// insert puts a genuine note in, once the slot takes it.
func (p *plant) insert(fen int64) {
	p.t.Helper()
	var err error
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		if p.line.Do(func(now time.Time) { err = p.dev.Insert(now, fen, billsim.Genuine) }); err == nil {
			return
		}
	}
	status, _ := p.get("/status")
	p.t.Fatalf("no note is taken: %v; %s; %+v", err, status, p.view())
}

func (p *plant) toCash(account string) {
	p.t.Helper()
	p.touch("idle", "start", nil)
	p.touch("choose-service", "pay-bill", nil)
	p.touch("enter-account", "account", map[string]string{"number": account})
	p.touch("confirm-account", "confirm", nil)
	p.touch("choose-tender", "tender", map[string]string{"kind": "cash"})
}

// pay pays a bill with one note, and counts all notes.
func (p *plant) pay(all ...int64) {
	p.t.Helper()
	p.toCash("1000000001")
	p.insert(10000)
	p.finish()
	p.line.Do(func(time.Time) {
		if got := p.dev.Cassette(); !slices.Equal(got, all) {
			p.t.Errorf("the cassette holds %v, want %v", got, all)
		}
	})
}

func (p *plant) finish() {
	p.t.Helper()
	p.until("it is stacked", func() bool { return p.view().Field("total_text") == "100.00" })
	p.touch("insert-cash", "finish-cash", nil)
	p.until("the slip is printed", func() bool { v := p.view(); return v.Screen == "done" && v.Field("slip") == "printed" })
}

func (p *plant) end() {
	p.t.Helper()
	p.cancel()
	if err := <-p.ended; err != nil {
		p.t.Error(err)
	}
}

// TestFirmwareReachesTheValidator: from head office's signed job to a note that the
// new firmware takes. A customer who has begun is served first.
func TestFirmwareReachesTheValidator(t *testing.T) {
	t.Parallel()
	p := newPlant(t)
	p.start()
	p.toCash("1000000002")
	p.send("4280000000")
	p.until("the agent asks", func() bool { return p.report().Phase == wire.PhaseWriting })
	p.insert(10000)
	p.finish()
	if name := p.name(); name != "NV02004270000000" {
		t.Errorf("the validator has %q while a customer is served", name)
	}
	p.touch("done", "finish", nil)
	p.good()
	p.pay(10000, 10000)
	p.end()
}

// TestKioskIsCutInMidFlash: the next start goes on, and no note is taken before.
func TestKioskIsCutInMidFlash(t *testing.T) {
	t.Parallel()
	p := newPlant(t)
	p.start()
	p.until("the kiosk is ready", func() bool { return p.view().Screen == "idle" && p.ready() })
	p.line.Do(func(time.Time) {
		p.dev.before, p.dev.do = 3000, func(time.Time) { p.cancel() }
	})
	p.send("4280000000")
	if err := <-p.ended; err != nil {
		t.Error(err)
	}
	if name := p.name(); name != "" {
		t.Fatalf("the validator has %q", name)
	}
	p.start()
	p.line.Do(func(now time.Time) {
		if p.dev.Insert(now, 10000, billsim.Genuine) == nil {
			t.Error("a validator without firmware takes a note")
		}
	})
	p.good()
	p.pay(10000)
	p.end()
}

// TestValidatorIsCutInMidFlash: kioskd tries it again by itself.
func TestValidatorIsCutInMidFlash(t *testing.T) {
	t.Parallel()
	p := newPlant(t)
	p.start()
	p.until("the kiosk is ready", func() bool { return p.view().Screen == "idle" && p.ready() })
	p.line.Do(func(time.Time) {
		p.dev.before, p.dev.do = 3000, func(now time.Time) { p.dev.PowerCut(now); p.dev.PowerOn(now) }
	})
	p.send("4280000000")
	p.good()
	p.pay(10000)
	p.end()
}

// ready reports whether the validator was heard.
func (p *plant) ready() bool {
	text, err := p.get("/status")
	return err == nil && strings.Contains(text, `"ready":true`)
}
