package cash

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/stored"
)

// ErrForged says that a collection does not have such counterfeit notes.
var ErrForged = errors.New("not so many counterfeit notes can be of this collection")

// Found is where counterfeit notes were found.
type Found string

// The places.
const (
	AtCount Found = "count" // by the second count of a collection, whose receipt says so
	InVault Found = "vault" // later, among notes that were taken for genuine
	AtBank  Found = "bank"  // by the bank
)

// Forged is the counterfeit notes of a collection that one case has.
type Forged struct {
	Case  string            `json:"case"`
	Found Found             `json:"found"`
	Piles []collection.Pile `json:"piles"` // by what is printed on them
	By    string            `json:"by"`
	Date  string            `json:"date"` // business date
	At    int64             `json:"at"`
}

// forgedMoves are where notes go that were taken for genuine. Those of the count stand as
// counterfeit by the receipt.
var forgedMoves = map[Found]ledger.Move{InVault: ledger.SetAside, AtBank: ledger.BankFinds}

// document is the entry by which notes are counterfeit that were taken for genuine, once, under
// the key of their case.
func (f Forged) document(c Collection) (d accounts.Document, is bool, err error) {
	move, is := forgedMoves[f.Found]
	if !is {
		return d, false, nil
	}
	d = accounts.Document{Key: "forged-" + f.Case, Kiosk: c.Kiosk, Date: f.Date, Kind: string(move), Why: "counterfeit case " + f.Case, By: f.By}
	if d.Lines, err = ledger.Moved(move, f.Sum()); err != nil {
		return d, false, fmt.Errorf("%s: %w", d.Key, err)
	}

	return d, true, nil
}

// Sum is what its notes say that they are worth.
func (f Forged) Sum() money.Amount { return collection.Sum(f.Piles) }

// SetAside is what was found to be counterfeit in the vault, after the second count.
func (c Collection) SetAside() money.Amount {
	sum := money.Amount(0)
	for _, f := range c.Forged {
		if f.Found == InVault {
			sum += f.Sum()
		}
	}

	return sum
}

// ForgeIn has a case have counterfeit notes of a collection of a kiosk. What was taken for
// genuine is not any more: it is set aside from what will be handed over, or explains what the
// bank has less. The same case again changes nothing.
//
// ErrForged says that these notes cannot be of this collection: there is none such of the kiosk,
// its cash is not where the notes were found, or, by its receipt and the cases before, it has not
// so many.
func (v *Vault) ForgeIn(ctx context.Context, tx Tx, kiosk, serial string, f Forged, now time.Time) error {
	seen, err := ofKiosk(ctx, tx, kiosk, serial)
	if err != nil {
		return err
	}
	r, c, err := lockedFor(ctx, tx, seen, f.Found)
	if err != nil {
		return err
	}
	if c.forgedOf(f.Case) >= 0 {
		return nil
	}
	if err := c.mayHave(f); err != nil {
		return err
	}
	f.Date, f.At = v.dateOf(now), stored.Millis(now)
	c.Forged = append(slices.Clip(c.Forged), f)
	if _, err := v.put(ctx, tx, c, now); err != nil {
		return err
	}

	return v.explained(ctx, tx, r, f.Sum(), now)
}

// ofKiosk is a collection of a kiosk, as it is just now, or ErrForged.
func ofKiosk(ctx context.Context, tx Tx, kiosk, serial string) (Collection, error) {
	all, err := tx.CollectionsOf(ctx, kiosk)
	if err != nil {
		return Collection{}, fmt.Errorf("cannot read collections of kiosk %s: %w", kiosk, err)
	}
	i := slices.IndexFunc(all, func(c Collection) bool { return c.Serial == serial })
	if i < 0 {
		return Collection{}, fmt.Errorf("%w: kiosk %s has no collection %s", ErrForged, kiosk, serial)
	}

	return all[i], nil
}

// lockedFor is a collection, locked, and before it, as everywhere, the remittance of which the bank
// found notes; one without an ID where there is none.
func lockedFor(ctx context.Context, tx Tx, seen Collection, at Found) (r Remittance, c Collection, err error) {
	if at == AtBank && seen.Remittance != "" {
		if r, err = remittanceOf(ctx, tx, seen.Remittance); err != nil {
			return r, c, err
		}
	}
	c, err = collectionOf(ctx, tx, seen.Serial)

	return r, c, err
}

// forgedOf is which of the counterfeit notes of a collection a case has; below 0 for none.
func (c Collection) forgedOf(id string) int {
	return slices.IndexFunc(c.Forged, func(f Forged) bool { return f.Case == id })
}

// explained has a remittance, if it is one, have more notes, or fewer, that the bank found.
func (v *Vault) explained(ctx context.Context, tx Tx, r Remittance, more money.Amount, now time.Time) error {
	if r.ID == "" {
		return nil
	}
	r.Forged += more
	r, err := v.putRemittance(ctx, tx, r, now)
	if err != nil || r.Deposit.At == 0 {
		return err
	}

	return v.keepOff(ctx, tx, r, now)
}

// MayTakeBack says, as ErrForged, whether the counterfeit notes that a case has of a collection can
// not be what its receipt says again: they lay in the vault, and it was handed over without them.
func MayTakeBack(ctx context.Context, tx Tx, kiosk, serial, id string) error {
	c, err := ofKiosk(ctx, tx, kiosk, serial)
	if err != nil {
		return err
	}

	return c.mayGiveBack(id)
}

func (c Collection) mayGiveBack(id string) error {
	i := c.forgedOf(id)
	switch {
	case i < 0:
		return fmt.Errorf("%w: case %s has none of collection %s", ErrForged, id, c.Serial)
	case c.Forged[i].Found == InVault && c.Phase() != Received:
		return fmt.Errorf("%w: collection %s was handed over without the notes of case %s", ErrForged, c.Serial, id)
	}

	return nil
}

// TakeBackIn has a case have no counterfeit notes of a collection any more: they are what its
// receipt says. What was posted for them is posted back. Its errors are those of MayTakeBack.
func (v *Vault) TakeBackIn(ctx context.Context, tx Tx, kiosk, serial, id, by string, now time.Time) error {
	seen, err := ofKiosk(ctx, tx, kiosk, serial)
	if err != nil {
		return err
	}
	i := seen.forgedOf(id)
	if i < 0 {
		return seen.mayGiveBack(id)
	}
	r, c, err := lockedFor(ctx, tx, seen, seen.Forged[i].Found)
	if err != nil {
		return err
	}
	if err := c.mayGiveBack(id); err != nil {
		return err
	}

	f := c.Forged[c.forgedOf(id)]
	c.Forged = slices.DeleteFunc(slices.Clone(c.Forged), func(had Forged) bool { return had.Case == id })
	d, is, err := f.document(c)
	if err != nil {
		return err
	}
	if is {
		d.Lines, d.Date = nil, v.dateOf(now)
		d.Why, d.By = "taken back: "+d.Why, by
		if _, err := v.entries.RecordIn(ctx, tx, d, now); err != nil {
			return fmt.Errorf("cannot post %s back: %w", d.Key, err)
		}
	}
	if _, err := v.put(ctx, tx, c, now); err != nil {
		return err
	}

	return v.explained(ctx, tx, r, -f.Sum(), now)
}

// mayHave refuses notes that cannot be of a collection.
func (c Collection) mayHave(f Forged) error {
	switch at := c.Phase(); {
	case c.Receipt.At == 0:
		return fmt.Errorf("%w: collection %s was not received yet", ErrForged, c.Serial)
	case f.Found == InVault && at != Received:
		return fmt.Errorf("%w: collection %s was remitted: what is found now, the bank has found", ErrForged, c.Serial)
	case f.Found == AtBank && at == Received:
		return fmt.Errorf("%w: collection %s is in the vault: the bank has nothing of it yet", ErrForged, c.Serial)
	}
	of, what := c.Receipt.Genuine, "genuine"
	if f.Found == AtCount {
		of, what = c.Receipt.Counterfeit, "counterfeit"
	}
	for _, p := range f.Piles {
		has, had := notesOf(of, p.Value), int64(0)
		for _, other := range c.Forged {
			if (other.Found == AtCount) == (f.Found == AtCount) {
				had += notesOf(other.Piles, p.Value)
			}
		}
		if p.Notes > has-had {
			return fmt.Errorf("%w: by its receipt collection %s had %d %s notes of %s, cases have %d of them, and this would be %d more", ErrForged, c.Serial, has, what, p.Value, had, p.Notes)
		}
	}

	return nil
}

// notesOf is how many notes of a value there are.
func notesOf(piles []collection.Pile, value money.Amount) int64 {
	n := int64(0)
	for _, p := range piles {
		if p.Value == value {
			n += p.Notes
		}
	}

	return n
}
