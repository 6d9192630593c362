package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/boards/image"
)

// imageVariable names the folder of a board image (mkimage with the overlay
// boards/image/lab). With it the lab's kiosk is that board, under QEMU.
const imageVariable = "WATTKIOSK_IMAGE"

func imageDir() string { return os.Getenv(imageVariable) }

func needImage(t *testing.T) {
	t.Helper()
	if imageDir() == "" {
		t.Skip(imageVariable + " names no board image")
	}
}

// TestImagePayment is the main job on the board image: the notes come over the
// guest's serial ports, the payment reaches head office on the host.
func TestImagePayment(t *testing.T) {
	needImage(t)
	t.Parallel()
	begun := time.Now()
	r := startRig(t)
	r.serving()
	t.Logf("in service %v after the lab was started (QEMU's software emulation)", time.Since(begun).Round(100*time.Millisecond))
	last := r.pay1000000001()
	shown := time.Now()
	serial := last.text("serial")
	got := r.booked(serial, "posted")
	t.Logf("head office shows the transaction %v after the screen", time.Since(shown).Round(time.Millisecond))
	if got.Total != 13000 || got.ToArrears != 12850 || got.ToAdvance != 150 || got.Account != "1000000001" {
		t.Errorf("head office has %+v", got)
	}
	r.posted(serial)
	r.slip(serial, "130.00")
	if _, err := r.verify(); err != nil {
		t.Error(err)
	}
}

// TestImageCrashLoop kills the whole guest at any instant during payments.
// WATTKIOSK_CRASH_ROUNDS and WATTKIOSK_CRASH_SEED set the rounds and the seed.
func TestImageCrashLoop(t *testing.T) {
	needImage(t)
	t.Parallel()
	rounds, seed := number(t, "WATTKIOSK_CRASH_ROUNDS", 3), number(t, "WATTKIOSK_CRASH_SEED", uint64(time.Now().UnixNano()%1_000_000))
	r := startRig(t)
	r.serving()
	c := &crowd{r: r, rng: rand.New(rand.NewPCG(seed, 1)), counts: map[string]int{}}
	for i := range rounds {
		begun := time.Now()
		c.round()
		t.Logf("round %d of seed %d: %v, %v", i, seed, c.counts, time.Since(begun).Round(100*time.Millisecond))
		if t.Failed() {
			t.FailNow()
		}
	}
	c.settle()
	c.audit()
}

// verify checks the journal of the kiosk: by itself while it runs, or, where the
// kiosk is a board, after a power cut, on what is on its disk.
func (r *rig) verify() ([]byte, error) {
	if imageDir() != "" {
		r.power(false)
		if err := r.takeDisk(); err != nil {
			return nil, err
		}
	}
	return r.ctl("journal", "verify")
}

// takeDisk copies the kiosk's state out of the board's data partition to where the
// lab's own kiosk would have it.
func (r *rig) takeDisk() error {
	img, err := image.Describe(imageDir())
	if err != nil {
		return err
	}
	data, ok := img.Partition("data")
	if !ok {
		return fmt.Errorf("no data partition")
	}
	kiosk := filepath.Join(r.dir, "kiosk")
	part, state := filepath.Join(kiosk, "data.img"), filepath.Join(kiosk, "state")
	for _, args := range [][]string{
		{"dd", "if=" + filepath.Join(kiosk, "disk.img"), "of=" + part, "bs=1M", "conv=sparse", "iflag=skip_bytes,count_bytes", fmt.Sprint("skip=", data.Offset), fmt.Sprint("count=", data.Size)},
		{"e2fsck", "-p", part}, // replays the file system's own journal
		{"rm", "-rf", state},
		{"mkdir", "-p", state},
		{"debugfs", "-R", "rdump /var/lib/wattkiosk " + kiosk, part},
		{"sh", "-c", "mv " + kiosk + "/wattkiosk/* " + state + " && mv " + state + "/journal.key " + kiosk},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil && args[0] != "e2fsck" {
			return fmt.Errorf("%v: %w: %s", args, err, out)
		}
	}
	return nil
}
