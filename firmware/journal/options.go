package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"wattkiosk/payments/record"
)

// Defaults of Options, in force where a field is zero.
const (
	DefaultRetention    = 180 * 24 * time.Hour
	DefaultReserveBytes = 64 << 20
	DefaultBallastBytes = 96 << 20 // more than the reserve: what it gives back is enough to go on with
)

// Options say where a journal is and whose. Dir, Kiosk, Clock and Trust are
// required.
type Options struct {
	Dir         string // created if missing; one process at a time
	Kiosk       string // identity, part of the chain's genesis
	Incarnation uint8  // counts the journals of this kiosk
	Key         []byte // AES key of 16, 24 or 32 bytes; empty stores in the clear (tests only)

	Clock func() time.Time    // stamps records; called by one goroutine
	Trust func() record.Trust // how far Clock can be believed now

	// Mark is a file outside Dir that remembers how far the journal had come, so
	// that one that is gone, or was put back, is not taken for a new or whole one
	// (ErrLost). Empty: none. Its folder is made if missing.
	Mark string

	Logger    *slog.Logger  // nil discards
	Retention time.Duration // how long an acknowledged record stays; 0 is DefaultRetention

	// FreeSpace gives the bytes that can still be written in the file system of
	// dir; nil asks the kernel. Called before each commit.
	FreeSpace    func(dir string) (uint64, error)
	ReserveBytes int64 // 0 is DefaultReserveBytes, negative is none
	BallastBytes int64 // 0 is DefaultBallastBytes, negative is none

	// Pinned gives the serials of the transactions whose records Trim must leave
	// however old they are; state reads the journal's state values. nil pins
	// none. Called by Trim only; its error ends that Trim.
	Pinned func(state func(name string) ([]byte, error)) ([]string, error)

	// Scratch is where OpenReadOnly puts its copy of a journal of format 1; empty
	// is the system's temporary directory.
	Scratch string

	disk         disk  // nil: the real one
	segmentBytes int64 // 0: segmentBytes
}

func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Dir == "":
		return o, errors.New("directory is empty")
	case o.Kiosk == "" || len(o.Kiosk) > 255:
		return o, fmt.Errorf("kiosk has a name of %d bytes", len(o.Kiosk))
	case o.Clock == nil:
		return o, errors.New("clock is missing")
	case o.Trust == nil:
		return o, errors.New("clock trust is missing")
	case o.Retention < 0:
		return o, fmt.Errorf("retention %s is negative", o.Retention)
	}
	switch len(o.Key) {
	case 0, 16, 24, 32:
	default:
		return o, fmt.Errorf("key has %d bytes, want 16, 24 or 32", len(o.Key))
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.FreeSpace == nil {
		o.FreeSpace = freeSpace
	}
	if o.disk == nil {
		o.disk = osDisk{}
	}
	o.segmentBytes = sizeOr(o.segmentBytes, segmentBytes)
	o.ReserveBytes = sizeOr(o.ReserveBytes, DefaultReserveBytes)
	o.BallastBytes = sizeOr(o.BallastBytes, DefaultBallastBytes)
	return o, nil
}

func sizeOr(n, otherwise int64) int64 {
	if n == 0 {
		return otherwise
	}
	return max(n, 0)
}
