package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// concurrent has several kiosks' journals stored and the same orders placed by
// several goroutines at the same time, as two head offices on one store do.
func concurrent(t *testing.T, s *store.Store) {
	const payments, twins = 6, 3
	kiosks := []string{Kiosk, "10000002", "10000003"}
	errs := make(chan error, 1000)
	var all sync.WaitGroup
	for _, k := range kiosks {
		_, err := s.Register(t.Context(), k, 0, T0)
		check(t, err)
		j := NewJournal(k)
		for n := range payments {
			j.Pay(t, n+1, "1000000001", 13000)
		}
		for range twins {
			all.Go(func() {
				for from := 0; from < len(j.Recs); from += 5 {
					_, err := s.Ingest(t.Context(), k, j.Recs[from:min(from+7, len(j.Recs))], T0)
					errs <- err
				}
			})
			all.Go(func() {
				for n := range payments {
					o := order(n + 1)
					o.Serial, o.Kiosk = Serial(k, n+1), k
					o.PaidAt = T0.Add(time.Duration(4*n+30) * time.Second).UnixMilli()
					_, err := s.EnsurePosting(t.Context(), o, T0)
					errs <- err
				}
			})
		}
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil && !errors.Is(err, books.ErrGap) {
			t.Error(err)
		}
	}
	ps, err := s.Postings(t.Context(), books.Filter{})
	check(t, err)
	seen := map[string]bool{}
	for _, p := range ps {
		seen[p.Serial] = true
	}
	for _, k := range kiosks {
		row, err := s.Kiosk(t.Context(), k)
		check(t, err)
		if row.Head.Seq != payments*4 {
			t.Errorf("%s: head %d, want %d", k, row.Head.Seq, payments*4)
		}
	}
	if len(ps) != 18 || len(seen) != 18 {
		t.Errorf("%d postings of %d serials, want 18", len(ps), len(seen))
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
}
