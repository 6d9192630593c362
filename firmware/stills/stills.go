// Package stills takes a picture when cash is paid: one when the sale begins and
// one when its notes are all in. It works behind the sale, never in it: an order is
// dropped rather than waited for, and a camera that fails is a line in the log.
//
// Two, and not one for each note: what a dispute turns on is who stood there, and
// that it was the same person from the first note to the last. A picture takes
// seconds and a note does not, so one for each would come late, and up to two
// hundred a sale would push older evidence off the disk.
//
// A picture that would be late is not taken: it would show somebody else. What is
// taken is sealed to head office's key before it is stored (hal/camera), and goes
// by age and by the size of all. No picture is stored while the disk is low: the
// space is the journal's.
package stills

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/firmware/peripherals"
	"wattkiosk/hal"
)

// Bounds.
const (
	// queueLength bounds the pictures that wait for the camera.
	queueLength = 4
	// freshness is how long after its order a picture may be begun.
	freshness = 10 * time.Second
	// pruneEvery is the gap between looks at the archive while nothing is stored.
	pruneEvery = time.Hour
	// Floor is how many bytes of disk must be free for a picture to be stored: far
	// above what the journal asks for a payment.
	Floor = 256 << 20
)

// Role is what the camera is called among the devices.
const Role = "camera"

// Camera takes a picture: hal/camera.Shutter.
type Camera interface {
	Take(ctx context.Context) ([]byte, error)
}

// Archive keeps pictures sealed: hal/camera.Archive.
type Archive interface {
	Store(name string, still []byte) error
	Prune(now time.Time) (gone int, err error)
}

// Config is a camera and its archive.
type Config struct {
	Driver, Device string // for people
	Camera         Camera // nil = none
	Archive        Archive
	Free           func() (int64, error) // bytes of disk that may still be written
	Now            func() time.Time
	Log            *slog.Logger
}

// Counts are what became of the orders.
type Counts struct {
	Taken  uint64 `json:"taken"`
	Failed uint64 `json:"failed"` // by the camera or the disk
	Missed uint64 `json:"missed"` // too many at once, or too late
}

// Keeper takes and keeps pictures. Run is called once; the other methods are safe
// for concurrent use.
type Keeper struct {
	cfg    Config
	orders chan order

	mu     sync.Mutex // guards what follows
	counts Counts
	health peripherals.Health
}

type order struct {
	name string
	at   time.Time
}

// New makes a keeper; it touches nothing yet.
func New(cfg Config) *Keeper {
	return &Keeper{
		cfg: cfg, orders: make(chan order, queueLength),
		health: peripherals.Health{Role: Role, Driver: cfg.Driver, Port: cfg.Device, Since: cfg.Now()},
	}
}

// Snap orders a picture under a name (letters, digits, dashes) and returns at
// once. Without a camera it does nothing.
func (k *Keeper) Snap(name string) {
	if k.cfg.Camera == nil {
		return
	}
	select {
	case k.orders <- order{name, k.cfg.Now()}:
	default:
		k.count(func(c *Counts) { c.Missed++ })
	}
}

// Run takes what is ordered until ctx ends. Without a camera it returns at once.
func (k *Keeper) Run(ctx context.Context) {
	if k.cfg.Camera == nil {
		return
	}
	t := time.NewTicker(pruneEvery)
	defer t.Stop()
	k.prune()
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-k.orders:
			k.serve(ctx, o)
		case <-t.C:
		}
		k.prune()
	}
}

var errLow = errors.New("the disk is low; its space is the journal's")

// serve takes one picture.
func (k *Keeper) serve(ctx context.Context, o order) {
	if k.cfg.Now().Sub(o.at) > freshness {
		k.count(func(c *Counts) { c.Missed++ })
		return
	}
	err := k.record(ctx, o.name)
	if ctx.Err() != nil {
		return
	}
	k.outcome(o.name, err)
}

func (k *Keeper) record(ctx context.Context, name string) error {
	if err := k.room(); err != nil {
		return err
	}
	still, err := k.cfg.Camera.Take(ctx)
	if err != nil {
		return err
	}
	return k.cfg.Archive.Store(name, still)
}

func (k *Keeper) room() error {
	free, err := k.cfg.Free()
	if err != nil {
		return err
	}
	if free < Floor {
		return fmt.Errorf("cannot store pictures: %d bytes free: %w", free, errLow)
	}
	return nil
}

// outcome counts a picture and says how the camera is.
func (k *Keeper) outcome(name string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	state := hal.DeviceOnline
	if err != nil {
		k.counts.Failed++
		state = hal.DeviceFault
		k.cfg.Log.Warn("no picture", "name", name, "err", err)
		k.health.Error = err.Error()
	} else {
		k.counts.Taken++
		k.health.Error = ""
	}
	if k.health.State != state {
		k.health.State, k.health.Since = state, k.cfg.Now()
	}
}

func (k *Keeper) prune() {
	gone, err := k.cfg.Archive.Prune(k.cfg.Now())
	if err != nil {
		k.cfg.Log.Warn("pictures", "err", err)
	}
	if gone > 0 {
		k.cfg.Log.Info("old pictures deleted", "pictures", gone)
	}
}

func (k *Keeper) count(f func(*Counts)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(&k.counts)
}

// Counts are what became of the orders since the program's start.
func (k *Keeper) Counts() Counts {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.counts
}

// Health is the camera among the devices; false where there is none. Its state is
// unknown until the first picture.
func (k *Keeper) Health() (peripherals.Health, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.health
	h.Detail = fmt.Sprintf("%d taken, %d failed, %d missed", k.counts.Taken, k.counts.Failed, k.counts.Missed)
	return h, k.cfg.Camera != nil
}

// Try takes a picture and throws it away: a technician's test.
func (k *Keeper) Try(ctx context.Context) (string, error) {
	b, err := k.cfg.Camera.Take(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("a picture of %d bytes, not kept", len(b)), nil
}
