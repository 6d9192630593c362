package main_test

import (
	"bytes"
	"runtime"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

// TestSlowRoads has the system at the far end of each road answer two minutes late, while
// the other system is well. Every kiosk that looks something up there is told before it
// takes money that it is unavailable, and a kiosk that has money is told that its posting
// is open; nobody waits for the far end. The other system answers all the while. Five
// rounds later nothing has piled up, and once the far end is well again so is the road.
// (How many calls go out and how many wait is told in virtual time: see package gateway.)
func TestSlowRoads(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a database and processes")
	}
	for _, r := range roads {
		t.Run(r.name, func(t *testing.T) {
			f := r.open(t)
			other := mis.MIS
			if r.system == mis.MIS {
				other = mis.CardSystem
				well := cardsBySocket(t, "s2")
				f.cards, f.buyer = well.cards, well.buyer
			} else {
				f.bills = misBySocket(t).bills
			}
			o := newOffice(t, f)
			for _, system := range []mis.System{mis.MIS, mis.CardSystem} {
				if got := o.look(0, system, 10*time.Second); got.Error != nil {
					t.Fatalf("while all is well: %q: %+v", system, got.Error)
				}
			}

			well := f.slow()
			crowd(t, o, r.system, other, time.Second)
			if s, e := o.order(r.system, f.buyer, time.Second); e != nil || s.Status != wire.PostPending {
				t.Errorf("ordered: %+v, %+v", s, e)
			}
			before := held()
			for range 5 { // it is away by now, so only one of each round waits for it
				crowd(t, o, r.system, other, 500*time.Millisecond)
			}
			after := held()
			t.Logf("%d goroutines of head office and %d kB in the process before, %d and %d kB after", before.goroutines, before.heap>>10, after.goroutines, after.heap>>10)
			if after.goroutines > before.goroutines+2 || after.heap > before.heap+4<<20 {
				t.Errorf("something piles up: %+v, then %+v", before, after)
			}

			well()
			if got := o.look(0, r.system, 10*time.Second); got.Error != nil {
				t.Errorf("well again: %+v", got.Error)
			}
		})
	}
}

// crowd has all kiosks look something up at a slow system at once, and then at the other.
func crowd(t *testing.T, o *office, slow, other mis.System, patience time.Duration) {
	t.Helper()
	var all sync.WaitGroup
	for n := range askers {
		all.Go(func() {
			if got := o.look(n, slow, patience); got.Error == nil || got.Error.Code != wire.ErrCodeUnavailable {
				t.Errorf("of a slow system: %+v, %s", got.Error, got.Body)
			}
		})
	}
	if got := o.look(0, other, 10*time.Second); got.Error != nil {
		t.Errorf("of the other system: %+v", got.Error)
	}
	all.Wait()
}

// load is what head office holds: goroutines that are in its code, and memory, that of the
// simulated system included.
type load struct {
	goroutines int
	heap       uint64
}

func held() load {
	runtime.GC()
	runtime.GC() // what the first one's finalisers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)

	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	l := load{heap: m.HeapAlloc}
	for _, one := range bytes.Split(stacks, []byte("\n\n")) {
		if bytes.Contains(one, []byte("uplink/office/")) {
			l.goroutines++
		}
	}
	return l
}
