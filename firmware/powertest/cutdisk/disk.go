// Package cutdisk is a disk in memory whose power can be cut. It is one file of a FUSE
// file system, for a loop device to lie on ([Disk.Attach]).
//
// Its cache keeps what was written since the last flush. [Disk.Cut] stops the disk
// before its next operation; [Disk.After] is the disk that is found when the power is
// back: of each page, or each sector, any prefix of what was written and not flushed.
// So writes are lost, reordered and torn, and nothing else is.
package cutdisk

import (
	"math/rand/v2"
	"os"
	"slices"
	"sync"
)

const (
	pageSize   = 4096
	sectorSize = 512
)

type page = *[pageSize]byte // never changed once it is stored

// Disk is safe for concurrent use.
type Disk struct {
	mu       sync.Mutex
	powered  *sync.Cond
	size     int64
	flushed  map[int64]page
	now      map[int64]page
	cached   map[int64][]page // writes since the last flush, in order
	lies     bool
	trigger  Trigger
	refusals int // writes that are to fail
	refused  int
	stopped  bool
	dead     bool
	cut      chan struct{}
}

// Kind is what a Trigger counts.
type Kind uint8

// Kinds of operations.
const (
	Any Kind = iota
	Write
	Flush
)

// Trigger cuts the power before the Nth operation of a kind; a zero one never does.
type Trigger struct {
	Kind Kind
	N    int
}

// New returns an empty disk of so many bytes.
func New(size int64) *Disk {
	d := &Disk{size: size, cut: make(chan struct{}), flushed: map[int64]page{}, now: map[int64]page{}, cached: map[int64][]page{}}
	d.powered = sync.NewCond(&d.mu)
	return d
}

// Load returns a disk with the content of a file.
func Load(path string) (*Disk, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := New(int64(len(b)))
	for p := int64(0); p*pageSize < d.size; p++ {
		pg := new([pageSize]byte)
		copy(pg[:], b[p*pageSize:])
		if *pg != [pageSize]byte{} {
			d.flushed[p], d.now[p] = pg, pg
		}
	}
	return d, nil
}

// Lie has the disk answer flushes and do nothing.
func (d *Disk) Lie() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lies = true
}

// Refuse has the next n writes fail, as worn blocks do.
func (d *Disk) Refuse(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refusals = n
}

// Refused is how many writes have failed.
func (d *Disk) Refused() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refused
}

// Arm sets when the power is cut by itself.
func (d *Disk) Arm(t Trigger) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trigger = t
}

// IsCut is closed when the power has been cut.
func (d *Disk) IsCut() <-chan struct{} { return d.cut }

// Cut cuts the power. Whoever asks the disk for anything waits from now on, until
// Release.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stop()
}

func (d *Disk) stop() {
	if !d.stopped {
		d.stopped = true
		close(d.cut)
	}
}

// Release answers with an error whoever waits for the disk without power. Whoever was
// to see the cut must be dead by then.
func (d *Disk) Release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stop()
	d.dead = true
	d.powered.Broadcast()
}

// enter takes the lock for an operation; false, without the lock, without power.
func (d *Disk) enter(kind Kind) bool {
	d.mu.Lock()
	if kind != Any && d.trigger.N > 0 && (d.trigger.Kind == Any || d.trigger.Kind == kind) {
		if d.trigger.N--; d.trigger.N == 0 {
			d.stop()
		}
	}
	for d.stopped && !d.dead {
		d.powered.Wait()
	}
	if d.dead {
		d.mu.Unlock()
		return false
	}
	return true
}

func (d *Disk) write(off int64, data []byte) {
	for len(data) > 0 {
		p, at := off/pageSize, off%pageSize
		pg := new([pageSize]byte)
		if old := d.now[p]; old != nil {
			*pg = *old
		}
		n := copy(pg[at:], data)
		d.now[p] = pg
		d.cached[p] = append(d.cached[p], pg)
		data, off = data[n:], off+int64(n)
	}
}

func (d *Disk) read(off int64, buf []byte) {
	for len(buf) > 0 {
		p, at := off/pageSize, off%pageSize
		n := min(len(buf), int(pageSize-at))
		if pg := d.now[p]; pg != nil {
			copy(buf[:n], pg[at:])
		} else {
			clear(buf[:n])
		}
		buf, off = buf[n:], off+int64(n)
	}
}

func (d *Disk) flush() {
	if d.lies {
		return
	}
	for p := range d.cached {
		d.flushed[p] = d.now[p]
	}
	clear(d.cached)
}

// Survival says what of the cache gets to the disk at a cut.
type Survival struct {
	Share float64 // chance of a page, or sector, to have got anything: 0 none, 1 all of everything
	Torn  bool    // sectors by themselves, not pages
}

// Copy is a disk with the same content, as it is now, and nothing in its cache.
func (d *Disk) Copy() *Disk { return d.After(nil, Survival{Share: 1}) }

// After is the disk that is found after the cut. It does not lie and has no trigger.
func (d *Disk) After(rng *rand.Rand, s Survival) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := New(d.size)
	for p, pg := range d.flushed {
		out.flushed[p], out.now[p] = pg, pg
	}

	pages := make([]int64, 0, len(d.cached))
	for p := range d.cached {
		pages = append(pages, p)
	}
	slices.Sort(pages) // so that a seed repeats
	for _, p := range pages {
		pg := survivor(rng, s, d.flushed[p], d.cached[p])
		if pg != nil {
			out.flushed[p], out.now[p] = pg, pg
		}
	}
	return out
}

// survivor is a page of which a prefix of its writes got to the disk; nil if nothing
// ever did.
func survivor(rng *rand.Rand, s Survival, old page, writes []page) page {
	upTo := func() page {
		switch {
		case s.Share >= 1:
			return writes[len(writes)-1]
		case rng.Float64() >= s.Share:
			return old
		}
		return writes[rng.IntN(len(writes))]
	}
	if !s.Torn {
		return upTo()
	}

	pg := new([pageSize]byte)
	for at := 0; at < pageSize; at += sectorSize {
		if from := upTo(); from != nil {
			copy(pg[at:at+sectorSize], from[at:])
		}
	}
	return pg
}

// Bytes is what the disk takes of memory, about.
func (d *Disk) Bytes() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(len(d.now)) * pageSize
}

// Dump writes the disk, as it is found, to a file with holes.
func (d *Disk) Dump(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for p, pg := range d.now {
		if _, err := f.WriteAt(pg[:], p*pageSize); err != nil {
			return err
		}
	}
	return f.Truncate(d.size)
}
