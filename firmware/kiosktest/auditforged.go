package kiosktest

import (
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
)

// auditForged alters what the records say of collections, as a kiosk that is not ours would:
// one person as both, notes that are left out, a difference that nobody explains. Whoever folds
// the records refuses each of these, and a note that nobody can place would have been told of.
func (w *box) auditForged(b *account) error {
	var a cassette.Account
	for _, r := range b.records {
		e, err := payments.Decode(r)
		if err != nil || e == nil {
			continue
		}
		switch e := e.(type) {
		case collection.Opened:
			err = forgedOpening(r.Txn, e)
		case collection.Exchanged:
			err = forgedDivision(a, r.Txn, e)
		case collection.Counted:
			err = forgedSignature(a, r.Txn, e)
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
		if a, err = a.Take(r.Txn, e); err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
	}

	return nil
}

func forgedOpening(serial string, e collection.Opened) error {
	e.With = e.By
	if _, err := (collection.Collection{}).Apply(serial, e); err == nil {
		return errors.New("one person opens a collection as both")
	}

	return nil
}

func forgedDivision(a cassette.Account, serial string, e collection.Exchanged) error {
	if a.Prior {
		return nil
	}
	if less := e; len(e.Inside) > 0 {
		less.Inside = slices.Clone(e.Inside)
		less.Inside[0].Notes--
		if a.Check(less) == nil {
			return errors.New("a note is left out of what was divided, and nobody sees it")
		}
	}
	const value = money.Amount(5000)
	doubtful, err := a.Take(serial, cash.NoteUnresolved{Note: 1 << 20, Value: value, Evidence: "made up"})
	if err != nil {
		return err
	}
	if told := doubtful.Divide(e.In, e.How, e.At); told.Doubts != e.Doubts+1 || told.Doubt != e.Doubt+value {
		return fmt.Errorf("with one more note in doubt %d of %s are told, before %d of %s", told.Doubts, told.Doubt, e.Doubts, e.Doubt)
	}

	return nil
}

// forgedSignature has a count signed that differs, and that nobody explained.
func forgedSignature(a cassette.Account, serial string, e collection.Counted) error {
	c, err := a.Collection.Apply(serial, e)
	if err != nil || c.Agrees() || c.Reason != "" {
		return nil //nolint:nilerr // what is refused by itself is no matter here
	}
	if _, err := c.Apply(serial, collection.Signed{By: c.By, At: e.At}); err == nil {
		return errors.New("a difference is signed without a reason")
	}

	return nil
}
