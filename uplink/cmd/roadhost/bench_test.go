package main_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

// BenchmarkRoad has forty kiosks at a time look something up, and order postings, at each
// system by each road, through the gateway with its books in SQLite. It prints operations a
// second, and the times that half and 99 of 100 of them took at most.
func BenchmarkRoad(b *testing.B) {
	for _, r := range roads {
		f, o := far{}, (*office)(nil)
		open := func(b *testing.B) { // with the first that is measured
			if o == nil {
				f = r.open(b)
				o = newOffice(b, f)
			}
		}
		b.Run(r.name, func(b *testing.B) {
			open(b)
			b.Run("look", func(b *testing.B) {
				measure(b, func(n int) bool { return o.look(n, r.system, 30*time.Second).Error == nil })
			})
			b.Run("order", func(b *testing.B) { measureOrders(b, o, r.system) })
		})
	}
}

// BenchmarkBesideSlow is the same by one road while the other system answers nobody and
// forty kiosks ask it again and again.
func BenchmarkBesideSlow(b *testing.B) {
	for name, slow := range map[string]mis.System{"MIS slow, cards s2": mis.MIS, "cards slow, MIS socket": mis.CardSystem} {
		b.Run(name, func(b *testing.B) {
			bills, cards := misBySocket(b), cardsBySocket(b, "s2")
			f, well := cards, mis.CardSystem
			f.bills = bills.bills
			if slow == mis.MIS {
				defer bills.slow()()
			} else {
				well = mis.MIS
				defer cards.slow()()
			}
			o := newOffice(b, f)
			stop := make(chan struct{})
			var crowd sync.WaitGroup
			for n := range askers {
				crowd.Go(func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(50 * time.Millisecond):
							o.look(n, slow, time.Second)
						}
					}
				})
			}
			b.Run("look", func(b *testing.B) {
				measure(b, func(n int) bool { return o.look(n, well, 30*time.Second).Error == nil })
			})
			b.Run("order", func(b *testing.B) { measureOrders(b, o, well) })
			close(stop)
			crowd.Wait()
		})
	}
}

func measureOrders(b *testing.B, o *office, system mis.System) {
	buyers := make([]buyer, b.N)
	for n := range buyers {
		buyers[n] = o.far.buyer
		if o.far.more != nil {
			buyers[n] = o.far.more(o.next())
		}
	}
	measure(b, func(n int) bool {
		s, e := o.order(system, buyers[n], 30*time.Second)
		return e == nil && s.Status == wire.PostPosted
	})
}

// measure does b.N operations, forty at a time, and reports how long they took. The n-th
// says whether it was done.
func measure(b *testing.B, do func(n int) bool) {
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range askers {
		all.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= b.N {
					return
				}
				began := time.Now()
				if !do(n) {
					b.Error("an operation was not done")
					return
				}
				took[n] = time.Since(began)
			}
		})
	}
	all.Wait()
	b.StopTimer()

	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
	b.ReportMetric(float64(took[b.N/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[b.N*99/100].Microseconds())/1000, "p99-ms")
}
