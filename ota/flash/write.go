package flash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"wattkiosk/ota/manifest"
)

// Target is what is flashed. What was written is durable after Sync.
type Target interface {
	io.ReaderAt
	io.WriterAt
	// Zero has n bytes read as zeros.
	Zero(at, n int64) error
	Sync() error
	// Forget has what is read next come from the target, not from memory.
	Forget() error
}

// Phase is what is being done.
type Phase string

// The phases, in their order.
const (
	Writing  Phase = "writing"
	Checking Phase = "checking"
)

// Progress is told how many bytes of a phase are done.
type Progress func(p Phase, done, all int64)

// sealSize is how much of the head is written last of all.
const sealSize = 2 * sector

// Run flashes the target. If it fails, or ends with ctx, the target has no valid table;
// the error is a *bundle.Error where the bundle or what was read back is at fault.
// Progress may be nil.
func (p *Plan) Run(ctx context.Context, t Target, progress Progress) error {
	if progress == nil {
		progress = func(Phase, int64, int64) {}
	}
	if err := p.erase(t); err != nil {
		return err
	}
	w := &writer{t: t, patches: p.patches}
	told := func(_ int, written int64) { progress(Writing, written, p.disk.Size) }
	if err := p.bd.Install(ctx, p.disk, p.install, nil, w, 0, told); err != nil {
		return err
	}
	if err := settle(t); err != nil {
		return err
	}
	for _, e := range w.extents {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := e.check(t); err != nil {
			return err
		}
		progress(Checking, e.at+e.size, p.disk.Size)
	}
	return p.seal(t)
}

// erase takes away what makes the target a disk with partitions, at both ends.
func (p *Plan) erase(t Target) error {
	err := errors.Join(t.Zero(0, HeadSize), t.Zero(p.size-backupSize, backupSize), t.Sync())
	if err != nil {
		return fmt.Errorf("cannot erase the target: %w", err)
	}
	return nil
}

// settle has everything on the target, and only there.
func settle(t Target) error {
	if err := t.Sync(); err != nil {
		return fmt.Errorf("cannot write the target: %w", err)
	}
	if err := t.Forget(); err != nil {
		return fmt.Errorf("cannot read the target back: %w", err)
	}
	return nil
}

// seal makes the target a whole disk: the tail and the head, its first two sectors
// last. A target that does not hold them is unsealed again.
func (p *Plan) seal(t Target) error {
	for _, step := range []patch{{p.size - backupSize, p.tail}, {sealSize, p.head[sealSize:]}, {0, p.head[:sealSize]}} {
		if _, err := t.WriteAt(step.data, step.at); err != nil {
			return errors.Join(fmt.Errorf("cannot write the target: %w", err), unseal(t))
		}
		err := settle(t)
		if err == nil {
			err = extentOf(step.data, step.at).check(t)
		}
		if err != nil {
			return errors.Join(err, unseal(t))
		}
	}
	return nil
}

func unseal(t Target) error {
	if err := errors.Join(t.Zero(0, sealSize), t.Sync()); err != nil {
		return fmt.Errorf("cannot take the partition table back: %w", err)
	}
	return nil
}

// extent is what must be at a place.
type extent struct {
	at, size int64
	sum      manifest.Digest
}

func extentOf(data []byte, at int64) extent {
	return extent{at, int64(len(data)), sha256.Sum256(data)}
}

// check reads an extent back.
func (e extent) check(t Target) error {
	h := sha256.New()
	if _, err := io.CopyBuffer(h, struct{ io.Reader }{io.NewSectionReader(t, e.at, e.size)}, make([]byte, checkSize)); err != nil {
		return fmt.Errorf("cannot read the target back: %w", err)
	}
	if manifest.Digest(h.Sum(nil)) != e.sum {
		return refuse(ReadBack, "the target does not hold what was written between %d and %d: it is broken, or smaller than it says", e.at, e.at+e.size)
	}
	return nil
}

// checkSize is how much is read back at a time.
const checkSize = 1 << 20

// writer is where the chunks go: after the head, patched, and zeros as zeros.
type writer struct {
	t       Target
	patches []patch
	extents []extent // what was written

	unsynced int64
}

// WriteAt implements io.WriterAt.
func (w *writer) WriteAt(data []byte, at int64) (int, error) {
	n := len(data)
	if skip := min(max(HeadSize-at, 0), int64(n)); skip > 0 {
		data, at = data[skip:], at+skip
	}
	if len(data) == 0 {
		return n, nil
	}
	for _, p := range w.patches {
		data = p.onto(data, at)
	}
	w.extents = append(w.extents, extentOf(data, at))
	err := w.put(data, at)
	if w.unsynced += int64(n); err == nil && w.unsynced >= syncEvery {
		w.unsynced = 0
		err = w.t.Sync()
	}
	return n, err
}

// syncEvery is how many bytes the machine may keep back, so that the progress that is
// told is true.
const syncEvery = 32 << 20

// zeros is the least that is written as a hole.
var zeros = make([]byte, 64<<10)

// put writes data, runs of zeros apart from the rest.
func (w *writer) put(data []byte, at int64) error {
	for len(data) > 0 {
		empty, n := run(data)
		var err error
		if empty {
			err = w.t.Zero(at, int64(n))
		} else {
			_, err = w.t.WriteAt(data[:n], at)
		}
		if err != nil {
			return err
		}
		data, at = data[n:], at+int64(n)
	}
	return nil
}

// run is how many bytes at the beginning of data are zeros, or are not.
func run(data []byte) (empty bool, n int) {
	isZero := func(b []byte) bool { return len(b) >= len(zeros) && bytes.Equal(b[:len(zeros)], zeros) }
	empty = isZero(data)
	for n < len(data) && isZero(data[n:]) == empty {
		n += min(len(zeros), len(data)-n)
	}
	return empty, n
}
