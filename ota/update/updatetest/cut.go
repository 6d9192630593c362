package updatetest

import (
	"runtime"
	"sync"

	"wattkiosk/ota/update"
)

// Cut ends the goroutine that is about to do a board's n-th durable step, as a power
// cut would: files that are replaced, writes to partitions, and syncs. Torn lets
// half of a write to a partition take effect. Steps counts them; with N zero nothing
// is cut.
type Cut struct {
	N     int
	Torn  bool
	mu    sync.Mutex
	steps int
	dead  bool
	tore  bool
}

// Steps is how many steps were begun.
func (c *Cut) Steps() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.steps
}

// Dead reports whether the cut has come.
func (c *Cut) Dead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

// Tore reports whether the cut tore a write.
func (c *Cut) Tore() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tore
}

// On has a board be cut.
func (c *Cut) On(b *update.Board) {
	b.Store = cutStore{b.Store, c}
	b.Disks = cutDisks{b.Disks, c}
}

// step counts; what comes after the cut does not happen either.
func (c *Cut) step(half func()) {
	c.mu.Lock()
	c.steps++
	now := c.steps == c.N
	c.dead = c.dead || now
	c.tore = c.tore || now && c.Torn && half != nil
	dead := c.dead
	c.mu.Unlock()
	if !dead {
		return
	}
	if now && c.Torn && half != nil {
		half()
	}
	runtime.Goexit()
}

type cutStore struct {
	update.Store
	cut *Cut
}

// Save implements update.Store.
func (s cutStore) Save(name string, data []byte) error {
	s.cut.step(nil)
	return s.Store.Save(name, data)
}

type cutDisks struct {
	update.Disks
	cut *Cut
}

// Open implements update.Disks.
func (d cutDisks) Open(name string) (update.Disk, error) {
	disk, err := d.Disks.Open(name)
	if err != nil {
		return nil, err
	}
	return cutDisk{disk, d.cut}, nil
}

type cutDisk struct {
	update.Disk
	cut *Cut
}

// WriteAt implements update.Disk.
func (d cutDisk) WriteAt(p []byte, at int64) (int, error) {
	d.cut.step(func() { _, _ = d.Disk.WriteAt(p[:len(p)/2], at) })
	return d.Disk.WriteAt(p, at)
}

// Sync implements update.Disk.
func (d cutDisk) Sync() error {
	d.cut.step(nil)
	return d.Disk.Sync()
}
