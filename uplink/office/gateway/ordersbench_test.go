package gateway_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
)

// BenchmarkOrders has fifty kiosks order payments in cash at a time, over SQLite: the order
// by request, and then its records.
func BenchmarkOrders(b *testing.B) {
	const kiosks = 50
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "books.db"), books.Rules{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	desk := gateway.NewDesk(s, "bench", 0, slog.New(slog.DiscardHandler), func() time.Time { return storetest.T0 })
	var journals []*storetest.Journal
	for n := range kiosks {
		id := fmt.Sprint(10000001 + n)
		if _, err := s.Register(b.Context(), id, 0, storetest.T0); err != nil {
			b.Fatal(err)
		}
		journals = append(journals, storetest.NewJournal(id))
	}

	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	for i := range kiosks {
		all.Go(func() {
			for k := 1; int(next.Add(1)) <= b.N; k++ {
				j := journals[i]
				had := len(j.Recs)
				j.Pay(b, k, "1000000001", 10000)
				o := books.Order{
					Serial: storetest.Serial(j.Kiosk, k), Account: "1000000001", Kiosk: j.Kiosk, Tender: "cash", Amount: 10000,
					PaidAt: storetest.T0.Add(time.Duration(had)*time.Second + 30*time.Second).UnixMilli(),
				}
				began := time.Now()
				if _, _, e := desk.Take(b.Context(), o); e != nil {
					b.Error(e)
				}
				d := time.Since(began)
				if _, err := s.Ingest(b.Context(), j.Kiosk, j.Recs[had:], storetest.T0); err != nil {
					b.Error(err)
				}
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}
