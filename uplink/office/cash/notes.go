package cash

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// MaxNotes bounds what Notes lists: more than any cassette holds.
const MaxNotes = maxCapacity

// Note is a note as a kiosk's record says that it went into the cassette.
type Note struct {
	Point

	Kiosk     string       `json:"kiosk"`
	Serial    string       `json:"serial"` // of the transaction; of a stray note what its record names, or empty
	Note      int          `json:"note"`   // among its notes; of a stray note -1
	Value     money.Amount `json:"value"`  // 0 is unknown
	At        int64        `json:"at"`     // by the kiosk's clock
	ClockLost bool         `json:"clock_lost"`
	Inferred  bool         `json:"inferred"`
}

// NotesOf are the notes of a denomination that were in the cassette which a collection took
// out, in the order in which they came in; those of every denomination if value is 0. A
// collection whose cassette is still in its place is ErrNotPossible, an unknown one
// stored.ErrNotFound. Notes in doubt are not among them: they are Collection.Doubtful.
func (v *Vault) NotesOf(ctx context.Context, serial string, value money.Amount) ([]Note, error) {
	return stored.View(ctx, v.b, func(tx Tx) ([]Note, error) {
		c, err := collectionOf(ctx, tx, serial)
		switch {
		case err != nil:
			return nil, err
		case c.To == Point{}:
			return nil, fmt.Errorf("%w: the cassette of collection %s is in its place", ErrNotPossible, serial)
		}

		return notes(ctx, tx, c.Kiosk, c.From, c.To, value)
	})
}

// Notes are the notes of a denomination (0: of every one) that came into the cassette of a
// kiosk by the records after one point and up to another, in their order. At most MaxNotes
// are listed.
func (v *Vault) Notes(ctx context.Context, kiosk string, after, upTo Point, value money.Amount) ([]Note, error) {
	return stored.View(ctx, v.b, func(tx Tx) ([]Note, error) { return notes(ctx, tx, kiosk, after, upTo, value) })
}

func notes(ctx context.Context, tx Tx, kiosk string, after, upTo Point, value money.Amount) ([]Note, error) {
	var out []Note
	err := records(ctx, tx, kiosk, after, upTo, func(at Point, r record.Record) bool {
		n, is := noteIn(kiosk, at, r)
		if is && (value == 0 || n.Value == value) {
			out = append(out, n)
		}

		return len(out) < MaxNotes
	})

	return out, err
}

// records has fn take the records after one point and up to another, in their order, until
// it wants no more.
func records(ctx context.Context, tx Tx, kiosk string, after, upTo Point, fn func(Point, record.Record) bool) error {
	journals, err := tx.JournalsOf(ctx, kiosk)
	if err != nil {
		return fmt.Errorf("cannot read journals of kiosk %s: %w", kiosk, err)
	}
	slices.SortFunc(journals, func(a, b books.Journal) int { return cmp.Compare(a.Incarnation, b.Incarnation) })
	for _, j := range journals {
		last := uint64(0)
		if j.Incarnation == after.Incarnation {
			last = after.Seq
		}
		for j.Incarnation >= after.Incarnation && last < j.Head.Seq {
			recs, err := tx.RecordsAfter(ctx, kiosk, j.Incarnation, last, recordsAtOnce)
			if err != nil {
				return fmt.Errorf("cannot read records of kiosk %s: %w", kiosk, err)
			}
			if len(recs) == 0 {
				break
			}
			for _, r := range recs {
				at := Point{j.Incarnation, r.Seq}
				if at.Compare(upTo) > 0 || !fn(at, r.Record) {
					return nil
				}
			}
			last = recs[len(recs)-1].Seq
		}
	}

	return nil
}

// noteIn is the note that a record says is in the cassette, if it says so.
func noteIn(kiosk string, at Point, r record.Record) (Note, bool) {
	n := Note{Point: at, Kiosk: kiosk, Serial: r.Txn, Note: -1, At: stored.Millis(r.Time), ClockLost: r.Trust == record.Untrusted}
	if r.Txn != "" && !books.OwnSerial(kiosk, r.Txn) {
		return n, false
	}
	e, err := payments.Decode(r)
	if err != nil {
		return n, false
	}
	switch e := e.(type) {
	case cash.NoteStacked:
		n.Note, n.Value = e.Note, e.Value
		n.Inferred = e.Inferred
	case cash.StrayNote:
		n.Value = e.Value
		if !e.InCassette() {
			return n, false
		}
	default:
		return n, false
	}

	return n, n.Value >= 0 && n.Value <= money.Max
}
