package gateway

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/bank/line"
	"wattkiosk/uplink/wire"
)

// Bounds of frames on their way.
const (
	maxFrames        = 512
	maxFramesOfKiosk = 4
)

// BankLines carry frames to the bank's POSP.
type BankLines interface {
	Run(ctx context.Context) error
	Carry(ctx context.Context, frame []byte, h bank.Heading) ([]byte, error)
	Strays() <-chan bank.Heading
	// Down is since when no line is of use, and why; zero while one is.
	Down() (since time.Time, why error)
}

// Bank is a BankDesk with lines, goroutines and timers: it relays the frames of kiosks to
// the bank's POSP, each once, and their answers back. Any number of goroutines may use
// it.
type Bank struct {
	desk  *BankDesk
	lines BankLines

	mu      sync.Mutex
	flights map[flightKey]*flight
	of      map[string]int // flights, by kiosk
}

// flightKey names a frame by its sum: what the broker delivers twice is one.
type flightKey struct {
	kiosk string
	sum   [sha256.Size]byte
}

// flight is a frame on its way; done is closed when body and refusal are there.
type flight struct {
	done    chan struct{}
	body    wire.FrameResult
	refusal *wire.Error
}

// NewBank makes a relay over the register and the lines.
func NewBank(register BankRegister, owner string, lines BankLines, log *slog.Logger, now func() time.Time) *Bank {
	return &Bank{desk: NewBankDesk(register, owner, log, now), lines: lines, flights: map[flightKey]*flight{}, of: map[string]int{}}
}

// Run keeps the lines up and looks after what is open until ctx ends.
func (g *Bank) Run(ctx context.Context) error {
	if err := g.desk.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped before it began
		}

		return err
	}
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { _ = g.lines.Run(ctx) }) // ends with ctx only
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case h := <-g.lines.Strays():
			g.desk.Stray(ctx, h)
		case <-timer.C:
			wait := g.desk.Turn(ctx)
			g.desk.Reach(ctx, g.lines.Down)
			timer.Reset(wait)
		}
	}
}

// answer answers one request; it blocks until the bank has answered, or ctx ends. The
// same frame of a kiosk that is on its way already is waited for.
func (g *Bank) answer(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	k := flightKey{kiosk, sha256.Sum256(r.Body)}
	f, first, e := g.board(k)
	if e != nil {
		return nil, e
	}
	if first {
		f.body, f.refusal = g.carry(ctx, kiosk, r)
		g.land(k, f)
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, &wire.Error{Code: wire.ErrCodeNoAnswer, Message: "the bank did not answer in time"}
	}
	if f.refusal != nil {
		return nil, f.refusal
	}

	return f.body, nil
}

// board is the flight of a frame, and whether it has to be flown.
func (g *Bank) board(k flightKey) (f *flight, first bool, e *wire.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.flights[k]; f != nil {
		return f, false, nil
	}
	if len(g.flights) >= maxFrames || g.of[k.kiosk] >= maxFramesOfKiosk {
		return nil, false, &wire.Error{Code: wire.ErrCodeUnsent, Message: "too many frames are on their way"}
	}

	f = &flight{done: make(chan struct{})}
	g.flights[k] = f
	g.of[k.kiosk]++

	return f, true, nil
}

func (g *Bank) land(k flightKey, f *flight) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.flights, k)
	if g.of[k.kiosk]--; g.of[k.kiosk] == 0 {
		delete(g.of, k.kiosk)
	}
	close(f.done)
}

// carry has a frame carried, once.
func (g *Bank) carry(ctx context.Context, kiosk string, r wire.Request) (wire.FrameResult, *wire.Error) {
	c, e := g.desk.Take(ctx, kiosk, r)
	if e != nil {
		return wire.FrameResult{}, e
	}
	answer, err := g.lines.Carry(ctx, c.Frame, c.Heading)
	clear(c.Frame)
	end := bank.Answered
	switch {
	case errors.Is(err, line.ErrUnsent):
		end = bank.NotSent
	case err != nil:
		end = bank.NoAnswer
	}

	// What the bank said is kept even while head office stops.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()

	return g.desk.Ended(keep, c, end, answer)
}
