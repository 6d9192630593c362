package reconcile

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// TestPackedBytes: digests are over these bytes, so they never change.
func TestPackedBytes(t *testing.T) {
	var b room
	row, part := pack(&b, &Row{
		Book: POSP, Serial: "10000003010000003233", Account: "1000000001", Batch: "posp-1", Amount: 12850, At: 1_764_000_000,
		State: Reversed, Wants: Set(Kiosk, MIS), Tender: payments.BankCard, Margin: true,
	})
	const want = "94" + "10000003010000003233" + "4a" + "83" + "b264" + "808292c906" + "8a" + "1000000001" + "06" + "706f73702d31"
	if got := hex.EncodeToString(row.content()); got != want || part != 7 || int(row[0]) != len(row) {
		t.Errorf("%s in %d,\nwant %s in 7", got, part, want)
	}
}

// roundTrip packs and unpacks a row.
func roundTrip(t *testing.T, r Row) {
	t.Helper()
	var b room
	for i := range b {
		b[i] = 0xA5 // of a row before
	}
	row, part := pack(&b, &r)
	f := row.all()
	got := Row{
		Book: f.book, Serial: text(row.serial()), Account: text(f.account), Batch: text(f.batch), Amount: f.amount, At: f.at,
		State: f.state, Wants: f.wants, Tender: f.tender, Margin: f.margin,
	}
	if got != r || part < 0 || part >= parts || int(row[0]) != len(row) {
		t.Fatalf("%+v\nbecame %+v", r, got)
	}
	var clean room
	if again, same := pack(&clean, &r); !bytes.Equal(again, row) || same != part {
		t.Fatalf("%+v is packed in two ways", r)
	}
	var first fields
	if n := row.head(&first); !bytes.Equal(row.batchFrom(n), f.batch) || first.amount != r.Amount {
		t.Fatalf("%+v: another batch or sum at a quick look", r)
	}
}

// TestPacked: what is packed comes out again, whatever was in its place before.
func TestPacked(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	word := func(most int) string {
		b := make([]byte, rng.IntN(most+1))
		alphabet := []string{"0123456789", "0123456789", "0123456789a/:;\x00\xff "}[rng.IntN(3)]
		for i := range b {
			b[i] = alphabet[rng.IntN(len(alphabet))]
		}

		return string(b)
	}
	for range 200_000 {
		roundTrip(t, Row{
			Book: rng.IntN(MaxBooks), Serial: "0" + word(maxSerial-1), Account: word(maxAccount), Batch: word(maxBatch),
			Amount: money.Amount(rng.Int64N(int64(money.Max) + 1)), At: rng.Int64() >> rng.IntN(64), State: State(rng.IntN(6)),
			Wants: Books(rng.IntN(64)), Tender: tenders[rng.IntN(4)], Margin: rng.IntN(2) == 0,
		})
	}
	roundTrip(t, Row{Serial: strings.Repeat("9", maxSerial), Account: strings.Repeat("x", maxAccount), Batch: strings.Repeat("y", maxBatch), Amount: money.Max, At: 1<<63 - 1})
}

// FuzzPacked: any texts come out as they went in.
func FuzzPacked(f *testing.F) {
	f.Add("10000003010000003233", "1000000001", "posp-1", int64(100), int64(5))
	f.Fuzz(func(t *testing.T, serial, account, batch string, amount, at int64) {
		r := Row{Serial: serial, Account: account, Batch: batch, Amount: money.Amount(amount), At: at}
		if r.check(allBooks) == nil {
			roundTrip(t, r)
		}
	})
}

// TestHash: rows of consecutive serials fall evenly into the partitions.
func TestHash(t *testing.T) {
	var count [parts]int
	e, err := New(Spec{Books: four})
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := day(rand.New(rand.NewPCG(1, 2)), 50_000)
	for i := range rows {
		var b room
		_, part := pack(&b, &rows[i])
		count[part]++
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	for p, n := range count {
		if mean := len(rows) / parts; n < mean/2 || n > mean*2 {
			t.Errorf("%d rows in partition %d, of %d", n, p, len(rows))
		}
	}
}

// TestMemory: no more is held in memory than the bound says, and what is beyond it comes
// back.
func TestMemory(t *testing.T) {
	const bound = 1 << 20
	e, err := New(Spec{Books: four, Memory: bound, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := day(rand.New(rand.NewPCG(1, 2)), 40_000)
	var all int64
	for range 3 {
		for _, r := range rows {
			if err := e.Feed(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.feeder.Done(); err != nil {
		t.Fatal(err)
	}
	held := 0
	for p := range e.shelf.parts {
		held += cap(e.shelf.parts[p].rows)
		all += e.shelf.parts[p].size
	}
	if held > 2*bound || all < 3*bound {
		t.Errorf("%d bytes of %d are held in memory, of at most %d", held, all, bound)
	}
	var back int64
	for p := range parts {
		got, err := e.shelf.take(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		back += int64(len(got))
	}
	if back != all {
		t.Errorf("%d bytes of %d came back", back, all)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
