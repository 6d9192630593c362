package main

import (
	"context"
	"net"
	"slices"
	"time"

	"wattkiosk/payments/money"
)

// outsideSlow is how late a slow reply is: later than anybody waits at a kiosk, sooner
// than a person at the bench loses patience.
const outsideSlow = 20 * time.Second

// system is a simulated system that is not ours.
type system interface {
	// set turns a fault on for so many requests: 0 is off, below 0 until it is cleared.
	set(fault string, requests int) error
	// ledger is what the system believes.
	ledger() any
	state() systemState
}

// listener is a simulator that listens until ctx ends, and says where each time it begins to.
type listener interface {
	ListenAndServe(ctx context.Context, addr string, ready func(net.Addr)) error
}

// listening starts a simulator at a port of its own, and returns once it listens; done has
// how it ended.
func listening(ctx context.Context, sim listener, done chan<- error) (net.Addr, error) {
	at, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		err := sim.ListenAndServe(ctx, "127.0.0.1:0", func(a net.Addr) {
			select {
			case at <- a:
			default: // only the first is awaited; later ones are the same
			}
		})
		ended <- err
		done <- err
	}()

	select {
	case a := <-at:
		return a, nil
	case err := <-ended:
		return nil, err
	}
}

// The simulated systems.
var (
	_ system = (*mis)(nil)
	_ system = (*acquirer)(nil)
	_ system = (*posp)(nil)
	_ system = (*cardSystem)(nil)
	_ system = (*collect)(nil)
	_ system = withBook{}
)

// systemState is a system for /api/state.
type systemState struct {
	Faults  []string     `json:"faults"`
	Entries int          `json:"entries"`
	Total   money.Amount `json:"total"` // fen that stand: what was booked or paid, less what went back
	Error   string       `json:"error,omitempty"`
}

// faultsOn are the faults that are on.
func faultsOn[F ~string](all []F, on func(F) bool) []string {
	names := []string{}
	for _, f := range slices.DeleteFunc(all, func(f F) bool { return !on(f) }) {
		names = append(names, string(f))
	}

	return names
}

// systems are those outside, by their names in the contract.
func (l *lab) systems() map[string]system {
	return map[string]system{
		"mis": withBook{l.mis, l.books["mis"].sim}, "acquirer": withBook{l.acquirer, l.books["acquirer"].sim},
		"posp": withBook{l.posp, l.books["posp"].sim}, "cardsystem": withBook{l.cards, l.books["cardsystem"].sim},
		"collect": withBook{l.collect, l.books["bank"].sim},
	}
}

// system finds one, and refuses what is not there.
func (l *lab) system(name string) (system, error) {
	if s, ok := l.systems()[name]; ok {
		return s, nil
	}
	return nil, unknown("system %.40q is not mis, acquirer, cardsystem, posp or collect", name)
}
