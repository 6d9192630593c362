package updater

import (
	"context"
	"errors"
	"io"
	"time"

	"wattkiosk/firmware/updater/flashapi"
	"wattkiosk/ota/bundle"
)

// Clock is the world's time.
type Clock interface {
	Now() time.Time         // by the board's clock
	Trusted() bool          // whether Now can be believed
	Elapsed() time.Duration // since some instant before the agent began; never goes back
	After(time.Duration) <-chan time.Time
}

// Errors of a Kioskd.
var (
	ErrBusy = errors.New("a customer is served")
	ErrDown = errors.New("the kiosk program does not answer")
)

// Kioskd is the running kiosk.
type Kioskd interface {
	// Hold keeps customers from beginning until d has passed, with the journal
	// flushed. ErrBusy and ErrDown are wrapped in its errors; again renews it.
	Hold(ctx context.Context, d time.Duration) error
	Release(ctx context.Context) error
}

// Devices is who may open the kiosk's devices: kioskd, as package flashapi tells.
type Devices interface {
	Offer(ctx context.Context, f flashapi.Firmware) (flashapi.State, error)
	State(ctx context.Context) (flashapi.State, error)
}

// Fetcher opens a file of head office for reading in pieces. Limit is in bytes a
// second; 0 is none. What it returns lives as long as ctx.
type Fetcher interface {
	Open(ctx context.Context, url string, limit int64) (r io.ReaderAt, size int64, err error)
}

// ContentInstaller installs the content packs of a bundle whose signatures hold and
// that is for this kind of board. A refusal has an update.Code, and nothing was
// changed. It may be called again for a bundle that it was cut off in.
type ContentInstaller interface {
	InstallContent(ctx context.Context, bd *bundle.Bundle, by string, progress func(done, all int64)) error
}
