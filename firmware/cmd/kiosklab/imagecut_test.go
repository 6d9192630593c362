package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/boards/image"
	"wattkiosk/ota/slot"
)

// TestImageCuts cuts the power at every write of one update. The writes of a board
// that installs a version, tries it and finds it good are recorded. For each cut
// the boot script's rule must name a slot that is whole; and for a sample of them,
// all around the writes of the boot state among it, the disk is booted: a slot must
// start, that one, and the journal must verify. WATTKIOSK_CUTS and
// WATTKIOSK_CRASH_SEED set how many are booted at random beside, and the seed.
func TestImageCuts(t *testing.T) {
	needImage(t)
	dir := os.Getenv(updatesVariable)
	if dir == "" {
		t.Skip(updatesVariable + " names no bundles")
	}
	h, begin, paid := recordUpdate(t, dir)
	disk, err := os.Open(begin)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	good, err := image.Describe(filepath.Join(dir, "good"))
	if err != nil {
		t.Fatal(err)
	}
	fresh := func() *model {
		m, err := newModel(h, disk, [2]image.Description{h.img, good})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	seed := number(t, "WATTKIOSK_CRASH_SEED", uint64(time.Now().UnixNano()%1_000_000))
	rng := rand.New(rand.NewPCG(seed, 1))
	all := inOrder(append(append(h.prefixes(), h.decisive()...), h.random(2000, rng)...))
	kinds, outcomes := map[string]int{}, map[started]int{}
	m := fresh()
	for _, c := range all {
		now, err := m.boot(c)
		if err != nil {
			t.Errorf("%v: %v", c, err)
		}
		kinds[c.kind]++
		outcomes[now]++
	}
	t.Logf("seed %d: %d writes and flushes, cuts by rule %v, what starts %v", seed, len(h.entries), kinds, outcomes)
	if t.Failed() || len(outcomes) < 3 { // old, new on trial, new good
		t.Fatalf("the cuts do not pass through the whole update: %v", outcomes)
	}
	sample := inOrder(append(h.decisive(), h.random(int(number(t, "WATTKIOSK_CUTS", 30)), rng)...))
	m = fresh()
	cases := make([]bootCase, len(sample))
	for i, c := range sample {
		want, err := m.boot(c)
		if err != nil {
			t.Fatal(err)
		}
		cases[i] = bootCase{c, want, c.after >= paid}
	}
	bootAll(t, h, begin, cases)
}

// recordingVariable names a folder that keeps the recorded writes, and gives them
// again to a later run with the same images.
const recordingVariable = "WATTKIOSK_RECORDING"

// recordUpdate has a board pay and update itself once, and returns its writes, its
// disk as it was before, and how many of the writes were before the update.
func recordUpdate(t *testing.T, dir string) (h *history, begin string, paid int) {
	t.Helper()
	work := os.Getenv(recordingVariable)
	if work == "" {
		work = t.TempDir()
	}
	log, begin := filepath.Join(work, "writes.log"), filepath.Join(work, "disk.img")
	if _, err := os.Stat(begin); err != nil {
		recordGuest(t, dir, log, begin)
	}
	h = &history{}
	var err error
	if h.img, err = image.Describe(imageDir()); err != nil {
		t.Fatal(err)
	}
	if h.log, err = os.Open(log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.log.Close() })
	st, err := h.log.Stat()
	if err == nil {
		h.entries, err = readLog(h.log, st.Size())
	}
	if err != nil {
		t.Fatal(err)
	}
	for paid < len(h.entries) && !h.touches(paid, "root_b") {
		paid++
	}
	return h, begin, paid
}

// recordGuest is the board's work while its writes are recorded.
func recordGuest(t *testing.T, dir, log, begin string) {
	t.Helper()
	setLab(t, "LAB_WRITE_LOG", log)
	s := newShell(t, dir)
	r := startRig(t)
	r.serving()
	r.booked(r.pay1000000001().text("serial"), "posted")
	s.run("sync")
	t.Logf("%s", s.install("good"))
	s.settled("the good version", func(b boardStatus) bool { return b.Slot == "b" && b.State.Good == "b" && b.State.Try == "" })
	s.run("sync")
	if n := r.mustState().Kioskd.Starts; n != 1 {
		t.Fatalf("the guest was started %d times: its writes are not all in one log", n)
	}
	r.power(false)
	if out, err := exec.Command("mv", filepath.Join(r.dir, "kiosk/disk.begin.img"), begin).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
}

// bootCase is a cut whose disk is booted.
type bootCase struct {
	cut
	want started
	paid bool // the journal has a payment; before, it may be half made
}

// bootAll boots the disks of all cases, two at a time.
func bootAll(t *testing.T, h *history, begin string, cases []bootCase) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[started]int{}
	begun := time.Now()
	dir := t.TempDir()
	for w, mine := range [][]bootCase{cases[:len(cases)/2], cases[len(cases)/2:]} {
		disk := filepath.Join(dir, fmt.Sprintf("cut%d.img", w))
		if out, err := exec.Command("cp", "--sparse=always", begin, disk).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		wg.Go(func() {
			if err := bootEach(t, h, disk, mine, func(s started) {
				mu.Lock()
				defer mu.Unlock()
				counts[s]++
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	t.Logf("%d cuts booted in %v: %v", len(cases), time.Since(begun).Round(time.Second), counts)
}

// bootEach boots cases in order; disk is brought from one to the next.
func bootEach(t *testing.T, h *history, disk string, cases []bootCase, tell func(started)) error {
	f, err := os.OpenFile(disk, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	write := func(p part) error {
		_, err := f.WriteAt(h.read(p), h.entries[p.entry].at+p.from)
		return err
	}
	applied := 0
	for _, c := range cases {
		for ; applied < c.after; applied++ {
			if err := write(h.whole(applied)); err != nil {
				return err
			}
		}
		undo := make([][]byte, len(c.then))
		for i, p := range c.then {
			undo[i] = make([]byte, p.to-p.from)
			if _, err := f.ReadAt(undo[i], h.entries[p.entry].at+p.from); err != nil {
				return err
			}
			if err := write(p); err != nil {
				return err
			}
		}
		got, said, err := bootOnce(t.Context(), h.img, disk)
		switch {
		case err != nil:
			t.Errorf("%v: %v\n%s", c.cut, err, said)
		case got.started != c.want || got.journal != "ok" && c.paid:
			t.Errorf("%v: %+v, want %+v\n%s", c.cut, got, c.want, said)
		}
		tell(got.started)
		for i := len(c.then) - 1; i >= 0; i-- {
			p := c.then[i]
			if _, err := f.WriteAt(undo[i], h.entries[p.entry].at+p.from); err != nil {
				return err
			}
		}
	}
	return nil
}

// verdict is what lab-verdict says.
type verdict struct {
	started
	journal string
}

var verdictLine = regexp.MustCompile(`lab: slot=([ab]) mode=(\w+) build=(\d+) journal=(\w+)`)

// bootOnce starts a guest on a disk, which is not changed, until it says what has
// started.
func bootOnce(ctx context.Context, img image.Description, disk string) (v verdict, said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	args, err := img.Emulate(image.Drive{Path: disk})
	if err != nil {
		return v, "", err
	}
	second := filepath.Join(filepath.Dir(disk), filepath.Base(disk)+".second")
	if err := os.WriteFile(second, make([]byte, 1<<20), 0o600); err != nil {
		return v, "", err
	}
	args = append(args, "-snapshot", "-drive", "if=none,id=second,format=raw,file="+second, "-device", "virtio-blk-pci,drive=second", "-nic", "none", "-serial", "stdio", "-no-reboot")
	if shift := os.Getenv("LAB_ICOUNT"); shift != "" { // see kioskguest
		args = append(args, "-icount", "shift="+shift)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return v, "", err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return v, "", err
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was killed
	}()
	var console strings.Builder
	for sc := bufio.NewScanner(io.LimitReader(out, 1<<20)); sc.Scan(); {
		fmt.Fprintln(&console, sc.Text())
		if found := verdictLine.FindStringSubmatch(sc.Text()); found != nil {
			v.slot, v.mode, v.journal = slot.Name(found[1]), slot.Mode(found[2]), found[4]
			_, err := fmt.Sscan(found[3], &v.build)
			return v, console.String(), err
		}
	}
	return v, console.String(), fmt.Errorf("the board does not say what has started: %v", ctx.Err())
}
