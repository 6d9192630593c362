package server

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"wattkiosk/uplink/wire"
)

// TestLanes: a kiosk that sends without end fills its own lane only, and each lane is
// worked off in order by one worker at a time.
func TestLanes(t *testing.T) {
	l := newLanes()
	put := func(kiosk string, n int) bool {
		return l.put(job{addr: wire.Address{Kiosk: kiosk}, payload: fmt.Append(nil, n)})
	}
	for n := range 70 {
		if ok := put("10000001", n); ok != (n < 64) {
			t.Fatalf("message %d of one kiosk: taken %v", n, ok)
		}
	}
	for k := range 1000 {
		if !put(fmt.Sprint(20000000+k), 0) {
			t.Fatalf("kiosk %d was refused", k)
		}
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	got, inside, left := map[string][]string{}, map[string]bool{}, 1064
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			l.work(ctx, func(j job) {
				mu.Lock()
				if inside[j.addr.Kiosk] {
					t.Errorf("two workers are in the lane of %s", j.addr.Kiosk)
				}
				inside[j.addr.Kiosk] = true
				mu.Unlock()
				runtime.Gosched()

				mu.Lock()
				defer mu.Unlock()
				inside[j.addr.Kiosk] = false
				got[j.addr.Kiosk] = append(got[j.addr.Kiosk], string(j.payload))
				if left--; left == 0 {
					stop()
				}
			})
		})
	}
	all.Wait()

	var want []string
	for n := range 64 {
		want = append(want, fmt.Sprint(n))
	}
	if !slices.Equal(got["10000001"], want) || len(got) != 1001 || left != 0 {
		t.Errorf("%d kiosks, %d left, one of them %v", len(got), left, got["10000001"])
	}
}
