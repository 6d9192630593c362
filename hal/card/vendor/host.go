package vendor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/hal/port"
)

// When a library counts as unfit.
const (
	// CrashLimit children that end within CrashWindow put the library in quarantine
	// for QuarantineTime, or until the program is started again, as it is for another library.
	CrashLimit     = 5
	CrashWindow    = 10 * time.Minute
	QuarantineTime = time.Hour
)

// ErrQuarantined means that the library crashed too often and is left alone.
var ErrQuarantined = errors.New("vendor library is in quarantine: it crashed too often")

// Host starts the children of one library. Its methods are safe for concurrent
// use.
type Host struct {
	Command string   // path of vendorhost, or "unix:" and that of the socket where one is started for each connection
	ABI     string   // path of the description
	Wrapper []string // put before Command, for an emulator in tests; usually empty
	Now     func() time.Time

	mu      sync.Mutex
	crashes []time.Time // newest last, at most CrashLimit
	until   time.Time   // quarantine
}

// Open starts a child and returns its port: what hal/port.Run opens. Closing the
// port kills the child. It fails with ErrQuarantined while the library is left
// alone.
func (h *Host) Open(context.Context) (port.Port, error) {
	if until := h.Quarantined(); !until.IsZero() {
		return nil, fmt.Errorf("%w, until %s", ErrQuarantined, until.Format(time.RFC3339))
	}

	ended := func(crashed bool) {
		if crashed {
			h.crashed()
		}
	}
	if socket, ok := strings.CutPrefix(h.Command, child.SocketPrefix); ok {
		return h.connect(socket, ended)
	}
	p, err := child.Start(child.Command{Path: h.Command, Args: []string{"--description", h.ABI}, Wrapper: h.Wrapper, Ended: ended})
	if err != nil {
		return nil, fmt.Errorf("library host: %w", err)
	}

	return p, nil
}

// connect has a child started under an account of its own. It is told the description, for
// its account need not be able to read the file.
func (h *Host) connect(socket string, ended func(bool)) (port.Port, error) {
	text, err := readDescription(h.ABI)
	if err != nil {
		return nil, err
	}

	c, err := child.Connect(socket, ended)
	if err == nil {
		if err = child.WriteFrame(c, Setup{Description: text}, MaxSetup); err != nil {
			err = errors.Join(err, c.Close())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("library host: %w", err)
	}

	return c, nil
}

// Quarantined is until when the library is left alone; zero when it is not.
func (h *Host) Quarantined() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now().Before(h.until) {
		return h.until
	}
	return time.Time{}
}

func (h *Host) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}

// crashed counts a child that ended unasked.
func (h *Host) crashed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	h.crashes = append(h.crashes, now)
	if len(h.crashes) < CrashLimit {
		return
	}
	h.crashes = h.crashes[len(h.crashes)-CrashLimit:]
	if now.Sub(h.crashes[0]) <= CrashWindow {
		h.until, h.crashes = now.Add(QuarantineTime), nil
	}
}
