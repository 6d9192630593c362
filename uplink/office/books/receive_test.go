package books_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/payments"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

const kiosk = "10000001"

func newBooks(t testing.TB) *store.Store {
	t.Helper()
	s := memstore.New(books.Rules{})
	if _, err := s.Register(t.Context(), kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	return s
}

func pack(t testing.TB, recs []record.Record) []byte {
	t.Helper()
	b, err := wire.EncodeBatch(recs)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAcknowledgements(t *testing.T) {
	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000001", 5000)
	other := storetest.NewJournal("10000002").Pay(t, 1, "1", 100)
	in := newBooks(t)
	for _, c := range []struct {
		name    string
		kiosk   string
		payload []byte
		send    bool
		upto    uint64
		err     error
	}{
		{"rubbish", kiosk, []byte("rubbish"), false, 0, wire.ErrBatch},
		{"gap before the first", kiosk, pack(t, j.Recs[1:]), true, 0, books.ErrGap},
		{"first", kiosk, pack(t, j.Recs[:3]), true, 3, nil},
		{"repeated", kiosk, pack(t, j.Recs[:3]), true, 3, nil},
		{"gap", kiosk, pack(t, j.Recs[5:]), true, 3, books.ErrGap},
		{"overlap", kiosk, pack(t, j.Recs[1:6]), true, 6, nil},
		{"another's journal", kiosk, pack(t, other.Recs), true, 6, record.ErrChain},
		{"not enrolled", "10000002", pack(t, other.Recs), false, 0, books.ErrUnknown},
		{"rest", kiosk, pack(t, j.Recs[6:]), true, 8, nil},
	} {
		ack, send, err := books.Receive(t.Context(), in, storetest.T0, c.kiosk, c.payload)
		if send != c.send || ack.Upto != c.upto || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %+v, %v, %v", c.name, ack, send, err)
		}
		if ack.Upto > 0 && int(ack.Upto) < len(j.Recs) && ack.Hash != j.Recs[ack.Upto].Prev {
			t.Errorf("%s: hash of %d is wrong", c.name, ack.Upto)
		}
	}
}

// TestAnyOrderOfBatchesStoresEachOrderOnce sends repeated and reordered batches,
// and goes on from what was acknowledged.
func TestAnyOrderOfBatchesStoresEachOrderOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newBooks(t)
		j := storetest.NewJournal(kiosk)
		n := rapid.IntRange(1, 6).Draw(rt, "payments")
		for i := range n {
			j.Pay(t, i+1, "1000000001", 10000)
		}
		var upto uint64
		for tries := 0; upto < j.Head.Seq; tries++ {
			from := rapid.IntRange(0, len(j.Recs)-1).Draw(rt, "from")
			to := rapid.IntRange(from+1, len(j.Recs)).Draw(rt, "to")
			if tries > 40 {
				from, to = 0, len(j.Recs)
			}
			ack, send, err := books.Receive(t.Context(), s, storetest.T0, kiosk, pack(t, slices.Clone(j.Recs[from:to])))
			if !send || (err != nil && !errors.Is(err, books.ErrGap)) || ack.Upto < upto {
				rt.Fatalf("%+v after %d, %v, %v", ack, upto, send, err)
			}
			upto = ack.Upto
		}
		ps, err := s.Postings(t.Context(), books.Filter{})
		if err != nil || len(ps) != n {
			rt.Fatalf("%d postings of %d payments, %v", len(ps), n, err)
		}
		cases, err := s.Cases(t.Context(), books.Filter{})
		if err != nil || len(cases) != 0 {
			rt.Fatalf("cases %+v, %v", cases, err)
		}
	})
}

// FuzzReceive: whatever arrives, nothing is acknowledged beyond what was stored.
func FuzzReceive(f *testing.F) {
	j := storetest.NewJournal(kiosk).Pay(f, 1, "1000000001", 10000)
	f.Add(pack(f, j.Recs))
	f.Add([]byte{})
	f.Add([]byte("\x01\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newBooks(t)
		ack, send, _ := books.Receive(t.Context(), s, storetest.T0, kiosk, b)
		k, err := s.Kiosk(t.Context(), kiosk)
		if err != nil || (send && (ack.Upto != k.Head.Seq || ack.Hash != k.Head.Hash)) {
			t.Fatalf("acknowledged %d, stored %d, %v", ack.Upto, k.Head.Seq, err)
		}
	})
}

// TestACollectionIsNoTransaction: its records are kept, and make neither a row nor a case.
func TestACollectionIsNoTransaction(t *testing.T) {
	const serial = kiosk + "000000000005"
	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000001", 10000)
	for _, e := range []payments.Event{
		collection.Opened{By: "4711", With: "4712"},
		collection.Exchanged{In: "C-2", How: collection.BySensor},
		collection.Counted{},
		collection.Signed{By: "4711"},
		collection.Signed{By: "4712"},
		collection.Closed{Head: strings.Repeat("0", 64)},
	} {
		j.Add(t, e.EventType(), serial, e)
	}
	j.Add(t, "cassette-moved", "", collection.Moved{Out: true})

	s := newBooks(t)
	if ack, _, err := books.Receive(t.Context(), s, storetest.T0, kiosk, pack(t, j.Recs)); err != nil || int(ack.Upto) != len(j.Recs) {
		t.Fatalf("%+v, %v", ack, err)
	}
	rows, err := s.Transactions(t.Context(), books.Filter{})
	if err != nil || len(rows) != 1 || rows[0].Serial == serial {
		t.Errorf("%+v, %v", rows, err)
	}
	if cases, err := s.Cases(t.Context(), books.Filter{}); err != nil || len(cases) != 0 {
		t.Errorf("%+v, %v", cases, err)
	}
	if d, err := s.Detail(t.Context(), serial); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("%+v, %v", d, err)
	}
}
