package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"wattkiosk/firmware/powertest/cutdisk"
	"wattkiosk/firmware/powertest/duty"
)

// bench is where lives are lived.
type bench struct {
	dir   string        // not on the disk that is cut
	blank *cutdisk.Disk // a new one
	keep  string
	log   io.Writer
}

// life is one disk: some cuts, and after the last of them one more look.
func (b bench) life(ctx context.Context, r row, rng *rand.Rand, end time.Time, t *tally) error {
	t.lives++
	disk := b.blank.Copy()
	memory := duty.NewMemory()
	for cut := 0; cut < cutsOfALife && ctx.Err() == nil && (cut == 0 || time.Now().Before(end)); cut++ {
		if r.lies {
			disk.Lie()
		}
		var err error
		if disk, err = b.once(ctx, r, disk, memory, choose(rng, r), t); err != nil || disk == nil {
			return err
		}
		t.cuts++
	}

	verified := t.verified
	disk, err := b.once(ctx, r, disk, memory, choice{check: true}, t)
	if err != nil || disk == nil {
		return err
	}
	if t.verified == verified {
		return errors.New("the last look came to no end")
	}
	t.last++
	return nil
}

// choice is what comes to one run, by chance.
type choice struct {
	check    bool // no cut
	trigger  cutdisk.Trigger
	after    time.Duration // of the cut, once it was verified; 0: the trigger does it
	sync     time.Duration // the kernel has begun to write back when the cut comes; 0 has not
	refuse   int           // writes, some time after it was verified
	flags    []string
	survival cutdisk.Survival
	seed     uint64
}

func choose(rng *rand.Rand, r row) choice {
	c := choice{seed: rng.Uint64() >> 1}
	switch kind := rng.IntN(5); {
	case r.refuse: // let it come to something
		c.after, c.refuse = time.Duration(300+rng.IntN(900))*time.Millisecond, 1+rng.IntN(3)
	case r.lie():
		c.after = time.Duration(100+rng.IntN(400)) * time.Millisecond
	case kind < 3:
		c.trigger = cutdisk.Trigger{Kind: cutdisk.Kind(kind), N: 1 + rng.IntN(1+1<<(2+rng.IntN(10)))}
	default:
		c.after = time.Duration(5+rng.IntN(350)) * time.Millisecond
	}
	if rng.IntN(2) == 0 {
		c.sync = time.Duration(1+rng.IntN(4000)) * time.Microsecond
	}
	if rng.IntN(3) == 0 {
		c.flags = append(c.flags, "--large")
	}
	if rng.IntN(6) == 0 {
		c.flags = append(c.flags, fmt.Sprintf("--close=%d", 1+rng.IntN(40)))
	}
	if r.full && rng.IntN(2) == 0 {
		left := []int64{0, 1, 15, 17, 31, 40, 63, 66, 90}[rng.IntN(9)]
		c.flags = append(c.flags, fmt.Sprintf("--fill=%d", left<<20))
		c.after, c.trigger = time.Duration(400+rng.IntN(400))*time.Millisecond, cutdisk.Trigger{}
	}

	c.survival.Torn = rng.IntN(2) == 0
	switch rng.IntN(10) {
	case 0, 1: // nothing of the cache gets to the disk
	case 2:
		c.survival.Share = 1
	default:
		c.survival.Share = rng.Float64()
	}
	return c
}

// once has the duty live on the disk until the cut, and returns the disk that is found
// afterwards; nil if something was wrong, which the tally has.
func (b bench) once(ctx context.Context, r row, disk *cutdisk.Disk, memory duty.Memory, c choice, t *tally) (*cutdisk.Disk, error) {
	before := disk.Copy()
	at := filepath.Join(b.dir, "data")
	m, err := disk.Attach(filepath.Join(b.dir, "disk"), at)
	if errors.Is(err, cutdisk.ErrFileSystem) {
		return nil, b.fault(r, t, before, false, err.Error(), "")
	}
	if err != nil {
		return nil, err
	}
	if m.Repaired {
		t.kinds["e2fsck"]++
	}
	disk.Arm(c.trigger)
	seen := b.live(ctx, r, disk, at, memory, c, t)
	if err := m.Detach(); err != nil {
		return nil, err
	}
	if n := disk.Refused(); n > 0 {
		t.kinds["refused"] += n
	}

	switch {
	case seen.lost != "":
		return nil, b.fault(r, t, before, true, seen.lost, seen.log)
	case seen.err != nil:
		return nil, b.fault(r, t, before, false, seen.err.Error(), seen.log)
	case !seen.verified:
		t.opening++
	}
	return disk.After(rand.New(rand.NewPCG(c.seed, 1)), c.survival), nil
}

// fault counts what is wrong, and keeps the disk it was found on.
func (b bench) fault(r row, t *tally, found *cutdisk.Disk, lost bool, what, log string) error {
	if lost {
		t.lost++
	} else {
		t.unopenable++
	}
	t.faults = append(t.faults, errors.New(what))
	if b.keep == "" || r.lie() {
		return nil
	}
	to := filepath.Join(b.keep, fmt.Sprintf("%s-%d", r.duty, time.Now().UnixNano()))
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	fmt.Printf("kept in %s: %s\n", to, what)
	return errors.Join(os.WriteFile(filepath.Join(to, "report"), []byte(what+"\n"+log), 0o600), found.Dump(filepath.Join(to, "disk")))
}

func sorted(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }
