package updater

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/ota/update/updatetest"
	"wattkiosk/ota/usb"
	"wattkiosk/uplink/wire"
)

// fakeSticks are sticks that are folders.
type fakeSticks struct {
	events  chan usb.Event    // may be nil
	parts   map[string]string // folder of each part; "" has no file system
	mounted int
	mounts  int // since it was plugged in, tries as well
	writes  int
	mount   func(part string, write bool) error // may be nil
}

func (f *fakeSticks) Events() <-chan usb.Event { return f.events }

func (f *fakeSticks) Mount(part string, write bool) (string, func() error, error) {
	f.mounts++
	if f.mount != nil {
		if err := f.mount(part, write); err != nil {
			return "", nil, err
		}
	}
	dir, ok := f.parts[part]
	switch {
	case !ok:
		return "", nil, fs.ErrNotExist
	case dir == "":
		return "", nil, usb.ErrFileSystem
	}
	f.mounted++
	if write {
		f.writes++
	}
	return dir, func() error { f.mounted--; return nil }, nil
}

// plugIn plugs a stick in that holds these files, and waits until it was read.
func (r *rig) plugIn(files map[string][]byte) *agentapi.Stick {
	r.t.Helper()
	dir := r.t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o600)); err != nil {
			r.t.Fatal(err)
		}
	}
	r.sticks.parts, r.sticks.mounts = map[string]string{"sda1": "", "sda2": dir}, 0
	r.agent.plug([]usb.Disk{{Name: "sda", Seq: uint64(len(dir)), Parts: []string{"sda1", "sda2"}}})
	r.agent.turn(r.t.Context())
	if s := r.stick(); s == nil || s.Phase != agentapi.StickWaiting || r.sticks.mounts > 0 {
		r.t.Fatalf("nobody has logged in: %+v, mounted %d times", s, r.sticks.mounts)
	}
	if err := r.agent.Open(r.stick().ID, agentapi.Login{By: "1007"}); err != nil {
		r.t.Fatal(err)
	}
	r.agent.turn(r.t.Context())
	return r.stick()
}

func (r *rig) stick() *agentapi.Stick {
	s, _ := r.agent.State()
	return s.Stick
}

func (r *rig) choose(file string) error {
	return r.agent.Choose(r.stick().ID, agentapi.Choice{File: file, By: "1007"})
}

func (y *yard) stickRig(t testing.TB) *rig {
	r := y.rig(t)
	r.sticks = &fakeSticks{}
	r.start()
	return r
}

// reports are the reports on the stick: the text, and the JSON.
func (r *rig) reports() (text string, report stickReport) {
	r.t.Helper()
	found, err := filepath.Glob(filepath.Join(r.sticks.parts["sda2"], usb.Dir, "report-"+kiosk+"-*"))
	if err != nil || len(found) != 2 {
		r.t.Fatalf("%v, %v", found, err)
	}
	for _, path := range found {
		data, err := os.ReadFile(path)
		if err == nil && filepath.Ext(path) == ".json" {
			err = json.Unmarshal(data, &report)
		} else {
			text = string(data)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	return text, report
}

func TestStick(t *testing.T) {
	r := newYard(t).stickRig(t)
	s := r.plugIn(map[string][]byte{"wattkiosk/v8.wkb": r.yard.file, "holiday.jpg": nil})
	if s.Phase != agentapi.StickOffered || len(s.Offers) != 1 || r.sticks.writes != 0 {
		t.Fatalf("%+v", s)
	}
	o := s.Offers[0]
	if o.File != "wattkiosk/v8.wkb" || o.Version != "v8" || o.Build != 8 || o.Board != "qemuarm64" || o.Size != int64(len(r.yard.file)) ||
		len(o.Signers) != 1 || o.Signers[0] != "release" || o.Refused != "" {
		t.Errorf("%+v", o)
	}
	if err := r.choose("wattkiosk/v8.wkb"); err != nil {
		t.Fatal(err)
	}
	if s := r.stick(); s.Phase != agentapi.StickInstalling || s.File != "wattkiosk/v8.wkb" {
		t.Errorf("%+v", s)
	}
	if err := r.choose("wattkiosk/v8.wkb"); err == nil {
		t.Error("chosen twice")
	}
	r.agent.turn(t.Context())
	if s := r.stick(); s.Phase != agentapi.StickInstalled || s.Percent != 100 || s.Code != "" || s.Detail != "" {
		t.Fatalf("%+v", s)
	}
	if r.sticks.mounted != 0 || r.sticks.writes != 1 {
		t.Errorf("%d mounted, %d times for writing", r.sticks.mounted, r.sticks.writes)
	}
	text, report := r.reports()
	if !strings.Contains(text, "wattkiosk/v8.wkb was installed by 1007") || report.Result != "installed" || report.By != "1007" || report.Build != 7 ||
		len(report.History) != 1 || report.History[0].By != "stick 1007" {
		t.Errorf("%s\n%+v", text, report)
	}
	r.agent.plug(nil) // pulled: the restart comes all the same
	if r.stick() != nil {
		t.Errorf("%+v", r.stick())
	}
	r.turns(final)
	if !r.down {
		t.Fatal("no restart")
	}
	if run := r.boot(nil); run != (slot.Running{Slot: slot.B, Mode: slot.Trial}) || r.site.State().Good != slot.B {
		t.Errorf("%+v %+v", run, r.site.State())
	}
}

func TestStickRestart(t *testing.T) {
	y := newYard(t)
	for _, c := range []struct {
		name     string
		err      error
		patience time.Duration
	}{{"busy", ErrBusy, 0}, {"down", ErrDown, DownWaitStick}} {
		t.Run(c.name, func(t *testing.T) {
			r := y.stickRig(t)
			r.kioskd.err = c.err
			r.plugIn(map[string][]byte{"v8.wkb": y.file})
			if err := r.choose("v8.wkb"); err != nil {
				t.Fatal(err)
			}
			r.turns(func(wire.JobReport) bool { return r.kioskd.asked > 0 })
			begun := r.clock.Elapsed()
			r.turns(func(wire.JobReport) bool { return r.kioskd.asked > 100 })
			if c.patience == 0 && r.down {
				t.Error("a customer was cut off")
			}
			if waited := r.restartAt - begun; c.patience > 0 && (!r.down || waited < c.patience-time.Minute || waited > c.patience+time.Minute) {
				t.Errorf("restarted %v after %v", r.down, waited)
			}
		})
	}
}

// refusedBundles are bundles that no stick may bring in, by the code that says so.
func refusedBundles(t *testing.T, y *yard) map[string][]byte {
	t.Helper()
	stranger := newYard(t)
	alter := func(change func(*manifest.Manifest)) []byte { return y.fleet.Bundle(t, 8, change) }
	unsigned := bytes.Replace(y.file, []byte(`"v8"`), []byte(`"v6"`), 1)
	return map[string][]byte{
		"keyring-untrusted": stranger.file,
		"signature":         unsigned,
		"not-newer":         y.fleet.Bundle(t, 7, nil),
		"floor":             y.fleet.Bundle(t, 4, nil),
		"wrong-board":       alter(func(m *manifest.Manifest) { m.Board = "rpicm4" }),
		"wrong-variant":     alter(func(m *manifest.Manifest) { m.Variant = "screen" }),
		"data-format":       alter(func(m *manifest.Manifest) { m.Data = manifest.Data{ReadsFrom: 1, Reads: 3, Writes: 3} }),
		"expired": alter(func(m *manifest.Manifest) {
			m.Created = m.Created.AddDate(0, 0, -2)
			m.Expires = m.Created.AddDate(0, 0, 1)
		}),
		"truncated":    y.file[:len(y.file)/2],
		"whole-disk":   y.fleet.Disk(t, 8),
		"not-a-bundle": bytes.Repeat([]byte("holiday"), 1000),
	}
}

// TestStickRefusals: each bundle is refused with its code and words, and cannot be
// chosen; nothing is changed, and what was refused is in the report.
func TestStickRefusals(t *testing.T) {
	y := newYard(t)
	r := y.stickRig(t)
	before := r.site.Sum()
	all := refusedBundles(t, y)
	names := make([]string, 0, len(all))
	for code := range all {
		names = append(names, code)
	}
	for len(names) > 0 {
		some := names[:min(len(names), agentapi.MaxOffers)]
		names = names[len(some):]
		files := map[string][]byte{}
		for _, code := range some {
			files[code+".wkb"] = all[code]
		}
		s := r.plugIn(files)
		if s.Phase != agentapi.StickOffered || len(s.Offers) != len(some) {
			t.Fatalf("%+v", s)
		}
		for _, o := range s.Offers {
			if want := strings.TrimSuffix(o.File, ".wkb"); o.Refused != want || o.Detail == "" {
				t.Errorf("%s: %q %q", o.File, o.Refused, o.Detail)
			}
			err := r.choose(o.File)
			if e, ok := errors.AsType[*agentapi.Error](err); !ok || e.Code != agentapi.CodeNotOffered {
				t.Errorf("%s: %v", o.File, err)
			}
		}
		if err := r.agent.Dismiss(s.ID); err != nil {
			t.Fatal(err)
		}
		r.agent.turn(t.Context())
		text, report := r.reports()
		if report.Result != "nothing" || len(report.Offers) != len(some) {
			t.Errorf("%+v", report)
		}
		for _, code := range some {
			if !strings.Contains(text, "refused ("+code+")") {
				t.Errorf("%s is not in the report:\n%s", code, text)
			}
		}
		if r.stick() != nil {
			t.Errorf("still shown: %+v", r.stick())
		}
		r.agent.plug(nil)
	}
	if r.site.Sum() != before || r.restarts != 0 {
		t.Error("something was changed")
	}
}

// TestAttackStickWithoutALogin: a stick that is plugged in is neither mounted nor read before
// somebody has logged in, whatever is asked; when nobody is any more, what was on it is
// forgotten, and it waits for the next login.
func TestAttackStickWithoutALogin(t *testing.T) {
	r := newYard(t).stickRig(t)
	r.sticks.parts = map[string]string{"sda1": t.TempDir()}
	if err := os.WriteFile(filepath.Join(r.sticks.parts["sda1"], "v8.wkb"), r.yard.file, 0o600); err != nil {
		t.Fatal(err)
	}
	r.agent.plug([]usb.Disk{{Name: "sda", Parts: []string{"sda1"}}})
	id := r.stick().ID
	untouched := func(when string) {
		t.Helper()
		for range 3 {
			r.agent.turn(t.Context())
		}
		if s := r.stick(); s == nil || s.Phase != agentapi.StickWaiting || len(s.Offers) != 0 || r.sticks.mounts != 0 {
			t.Fatalf("%s: %+v, mounted %d times", when, s, r.sticks.mounts)
		}
	}
	untouched("plugged in")
	if err := r.choose("v8.wkb"); err == nil {
		t.Error("a file was chosen")
	}
	if err := r.agent.Close(id); err != nil {
		t.Error(err)
	}
	if err := r.agent.Open("9-sda", agentapi.Login{By: "1007"}); err == nil {
		t.Error("another stick was opened")
	}
	untouched("asked for without a login")
	if err := r.agent.Open(id, agentapi.Login{By: "1007"}); err != nil {
		t.Fatal(err)
	}
	if err := r.agent.Close(id); err == nil {
		t.Error("closed while it is read")
	}
	r.agent.turn(t.Context())
	if s := r.stick(); s.Phase != agentapi.StickOffered || len(s.Offers) != 1 || r.sticks.mounts != 1 || r.sticks.mounted != 0 {
		t.Fatalf("logged in: %+v, mounted %d times, now %d", s, r.sticks.mounts, r.sticks.mounted)
	}
	if err := r.agent.Close(id); err != nil {
		t.Fatal(err)
	}
	r.sticks.mounts = 0
	untouched("logged out")
	r.agent.plug(nil)
	r.agent.plug([]usb.Disk{{Name: "sda", Seq: 2, Parts: []string{"sda1"}}})
	untouched("another one, plugged in")
}

func TestStickWithoutBundles(t *testing.T) {
	r := newYard(t).stickRig(t)
	if s := r.plugIn(map[string][]byte{"holiday.jpg": {1}}); s.Phase != agentapi.StickEmpty || s.Offers == nil {
		t.Errorf("%+v", s)
	}
	r.agent.plug(nil)
	r.sticks.mount = func(string, bool) error { return errLine }
	if s := r.plugIn(nil); s.Phase != agentapi.StickFailed || s.Code != "unreadable" || !strings.Contains(s.Detail, errLine.Error()) {
		t.Errorf("%+v", s)
	}
}

// TestStickChanges: what is on a stick changes between the check and the use of it.
// The installation fails, and what the next boot starts is as it was.
func TestStickChanges(t *testing.T) {
	y := newYard(t)
	other := y.fleet.Bundle(t, 9, func(m *manifest.Manifest) { m.Board = "rpicm4" })
	stranger := newYard(t)
	for _, c := range []struct {
		name string
		file []byte // nil: it vanishes
		code string
	}{
		{"vanishes", nil, "unreadable"},
		{"another board's", other, "wrong-board"},
		{"a stranger's", stranger.file, "keyring-untrusted"},
		{"half of it", y.file[:len(y.file)/2], "truncated"},
		{"damaged root", flipped(y.file, len(y.file)/2), "chunk-damaged"},
		{"damaged boot", flipped(y.file, len(y.file)-5000), "chunk-damaged"},
		{"rubbish", []byte("x"), "not-a-bundle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := y.stickRig(t)
			before := r.site.Sum("state", "boot_a", "root_a")
			r.plugIn(map[string][]byte{"v8.wkb": y.file})
			if err := r.choose("v8.wkb"); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(r.sticks.parts["sda2"], "v8.wkb")
			err := os.Remove(path)
			if c.file != nil {
				err = errors.Join(err, os.WriteFile(path, c.file, 0o600))
			}
			if err != nil {
				t.Fatal(err)
			}
			r.agent.turn(t.Context())
			if s := r.stick(); s.Phase != agentapi.StickFailed || s.Code != c.code || s.Detail == "" {
				t.Errorf("%+v", s)
			}
			if r.turns(final); r.down || r.site.Sum("state", "boot_a", "root_a") != before {
				t.Error("something was changed")
			}
			if _, report := r.reports(); report.Result != "failed" || report.Code != c.code {
				t.Errorf("%+v", report)
			}
		})
	}
}

func flipped(b []byte, at int) []byte {
	b = append([]byte{}, b...)
	b[at] ^= 0x40
	return b
}

// TestStickCutShort: a bundle that ends anywhere is never installed.
func TestStickCutShort(t *testing.T) {
	y := newYard(t)
	r := y.stickRig(t)
	before := r.site.Sum()
	for i := range 40 {
		cut := len(y.file) * i / 40
		switch {
		case i < 10:
			cut = i * 700 // headers, keys and manifest
		case i > 35:
			cut = len(y.file) - 1024 - (40-i)*700 // after that comes only the tar's end
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "v8.wkb"), y.file[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		o := r.agent.offer(t.Context(), dir, usb.File{Name: "v8.wkb"})
		if o.Refused != "truncated" && o.Refused != "not-a-bundle" {
			t.Errorf("cut at %d of %d: %+v", cut, len(y.file), o)
		}
	}
	if r.site.Sum() != before {
		t.Error("something was changed")
	}
}

func TestStickNeedsNoReport(t *testing.T) {
	r := newYard(t).stickRig(t)
	r.plugIn(map[string][]byte{"v8.wkb": r.yard.file})
	r.sticks.mount = func(_ string, write bool) error {
		if write {
			return errors.New("the stick is write protected")
		}
		return nil
	}
	if err := r.choose("v8.wkb"); err != nil {
		t.Fatal(err)
	}
	r.agent.turn(t.Context())
	if s := r.stick(); s.Phase != agentapi.StickInstalled || !strings.Contains(s.Detail, "write protected") {
		t.Errorf("%+v", s)
	}
}

// TestStickComesFirst: a stick that is opened while a job is fetched is read at once, and the job then goes on where it was.
func TestStickComesFirst(t *testing.T) {
	y := newYard(t)
	r := y.stickRig(t)
	dir := t.TempDir()
	r.sticks.parts = map[string]string{"sda": dir}
	n := 0
	r.fetch.read = func(_ int64, size int) error {
		if size > chunk {
			if n++; n == 2 {
				r.agent.plug([]usb.Disk{{Name: "sda", Parts: []string{"sda"}}})
				if err := r.agent.Open(r.stick().ID, agentapi.Login{By: "1007"}); err != nil {
					t.Error(err)
				}
			}
		}
		return nil
	}
	r.offer(nil)
	r.turns(func(wire.JobReport) bool { return r.stick() != nil && r.stick().Phase == agentapi.StickEmpty })
	if n > 2 {
		t.Errorf("%d chunks were fetched first", n)
	}
	r.turns(final)
	if !r.down || r.fetch.bytes > int64(len(y.file))+64<<10 {
		t.Errorf("down %v, %d bytes fetched", r.down, r.fetch.bytes)
	}
}

// TestStickOverJob: a technician's choice wins over a job that waits for its window;
// the job then ends as what it is.
func TestStickOverJob(t *testing.T) {
	y := newYard(t)
	newer := y.fleet.Bundle(t, 9, nil)
	r := y.stickRig(t)
	at := r.clock.Now().Add(5 * time.Hour).In(time.FixedZone("", 8*3600))
	from := at.Hour()*60 + at.Minute()
	r.offer(func(j *wire.Job) { j.Window = wire.Window{From: from, To: (from + 60) % wire.MinutesOfDay} })
	r.turns(func(p wire.JobReport) bool { return p.Phase == wire.PhaseWriting && p.Percent == 100 })
	r.plugIn(map[string][]byte{"v9.wkb": newer})
	if err := r.choose("v9.wkb"); err != nil {
		t.Fatal(err)
	}
	r.turns(final)
	if !r.down || r.site.Holds(slot.B) != 9 {
		t.Fatalf("%+v", r.stick())
	}
	r.boot(nil)
	r.ends(wire.PhaseFailed, "not-newer") // its slot was written
}

// TestBadDisk: whatever of a slot does not stay as it was written, the boot state
// never says that it is to be tried.
func TestBadDisk(t *testing.T) {
	y := newYard(t)
	for _, part := range []string{"root_b", "boot_b"} {
		for i := range 4 {
			r := y.stickRig(t)
			size := updatetest.RootSize
			if part == "boot_b" {
				size = updatetest.BootSize
			}
			bad := &badDisks{Disks: r.agent.board.Disks, part: part, at: int64(size-1) * int64(i) / 3}
			r.agent.board.Disks = bad
			state := r.site.Sum("state")
			r.plugIn(map[string][]byte{"v8.wkb": y.file})
			if err := r.choose("v8.wkb"); err != nil {
				t.Fatal(err)
			}
			r.agent.turn(t.Context())
			if s := r.stick(); s.Phase != agentapi.StickFailed || s.Code != "board" {
				t.Errorf("%s at %d: %+v", part, bad.at, s)
			}
			r.offer(func(j *wire.Job) { j.Deadline = j.Issued + time.Hour.Milliseconds() })
			if r.turns(final); r.down || r.site.Sum("state") != state {
				t.Errorf("%s at %d: armed", part, bad.at)
			}
		}
	}
}

// badDisks lose one byte of a partition.
type badDisks struct {
	update.Disks
	part string
	at   int64
}

func (b *badDisks) Open(name string) (update.Disk, error) {
	d, err := b.Disks.Open(name)
	if err == nil && name == b.part {
		d = badDisk{d, b.at}
	}
	return d, err
}

type badDisk struct {
	update.Disk
	at int64
}

func (b badDisk) WriteAt(p []byte, at int64) (int, error) {
	if i := b.at - at; i >= 0 && i < int64(len(p)) {
		p = append([]byte{}, p...)
		p[i] ^= 1
	}
	return b.Disk.WriteAt(p, at)
}
