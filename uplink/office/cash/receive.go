package cash

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Recount is what a cashier counted of one cassette.
type Recount struct {
	Genuine     []collection.Pile `json:"genuine"`
	Counterfeit []collection.Pile `json:"counterfeit,omitempty"`
}

const (
	maxArgs  = 2000 // bytes
	maxPiles = 16
	maxNotes = 100_000
)

// check refuses what cannot have been counted.
func (r Recount) check() error {
	for _, piles := range [][]collection.Pile{r.Genuine, r.Counterfeit} {
		seen, sum := map[money.Amount]bool{}, money.Amount(0)
		if len(piles) > maxPiles {
			return fmt.Errorf("%w: %d denominations", ErrInput, len(piles))
		}
		for _, p := range piles {
			if p.Value <= 0 || p.Value > money.Yuan(1000) || p.Notes < 0 || p.Notes > maxNotes {
				return fmt.Errorf("%w: %d notes of %s", ErrInput, p.Notes, p.Value)
			}
			if seen[p.Value] {
				return fmt.Errorf("%w: %s stands there twice", ErrInput, p.Value)
			}
			seen[p.Value] = true
			sum += p.Value * money.Amount(p.Notes)
		}
		if sum > money.Max {
			return fmt.Errorf("%w: more money than there can be", ErrInput)
		}
	}

	return nil
}

// Receiving is the plan by which a cassette is received: what it starts from, and what was
// counted.
type Receiving struct {
	Collection  string       `json:"collection"`
	Kiosk       string       `json:"kiosk"`
	Cassette    string       `json:"cassette"`
	Collectors  string       `json:"collectors"`
	Expected    money.Amount `json:"expected"`
	Carried     money.Amount `json:"carried"` // as counted at the kiosk, else as expected
	Genuine     money.Amount `json:"genuine"`
	Counterfeit money.Amount `json:"counterfeit"`
	Difference  money.Amount `json:"difference"` // of the second count to what was carried
	Piles       string       `json:"piles"`
	Version     int64        `json:"version"`
}

// PlanReceive says what receiving a collection would start from, and writes nothing. args
// is a Recount as JSON. What is not in transit is ErrNotPossible, and so is what nobody
// closed at the kiosk: the count there is the one that the second is held against. by may
// not be who collected: ErrCollector.
func PlanReceive(ctx context.Context, tx Tx, serial, args, by string) (Receiving, error) {
	var r Recount
	if err := strictjson.Decode([]byte(args), maxArgs, &r); err != nil {
		return Receiving{}, fmt.Errorf("%w: count: %w", ErrInput, err)
	}
	if err := r.check(); err != nil {
		return Receiving{}, err
	}
	c, err := collectionOf(ctx, tx, serial)
	switch {
	case err != nil:
		return Receiving{}, err
	case c.Phase() != InTransit:
		return Receiving{}, fmt.Errorf("%w: collection %s is %s", ErrNotPossible, serial, c.Phase())
	case c.Kept.Stage != collection.Ended:
		return Receiving{}, fmt.Errorf("%w: the kiosk has not reported that collection %s was counted and signed", ErrNotPossible, serial)
	}
	if err := MayReceive(ctx, tx, serial, by); err != nil {
		return Receiving{}, err
	}
	genuine, forged := collection.Sum(r.Genuine), collection.Sum(r.Counterfeit)

	return Receiving{
		Collection: serial, Kiosk: c.Kiosk, Cassette: c.Kept.Out, Collectors: c.Kept.By + ", " + c.Kept.With,
		Expected: c.Expected(), Carried: c.Carried(), Genuine: genuine, Counterfeit: forged,
		Difference: genuine + forged - c.Carried(), Piles: inWords(r), Version: c.Version,
	}, nil
}

// inWords is a count as people read it: 100.00×3, and counterfeit ones after a plus.
func inWords(r Recount) string {
	of := func(piles []collection.Pile) string {
		all := slices.DeleteFunc(slices.Clone(piles), func(p collection.Pile) bool { return p.Notes == 0 })
		words := make([]string, len(all))
		for i, p := range all {
			words[i] = fmt.Sprintf("%s×%d", p.Value, p.Notes)
		}

		return strings.Join(words, ", ")
	}
	if len(r.Counterfeit) == 0 {
		return of(r.Genuine)
	}

	return of(r.Genuine) + " + " + of(r.Counterfeit)
}

// ReceiveIn takes a collection into the vault, as two people want it; what it refuses is as
// in PlanReceive.
func (v *Vault) ReceiveIn(ctx context.Context, tx Tx, serial, args string, who books.Orderers, now time.Time) error {
	if _, err := PlanReceive(ctx, tx, serial, args, who.By); err != nil {
		return err
	}
	if err := MayReceive(ctx, tx, serial, who.Approver); err != nil {
		return err
	}
	var r Recount
	if err := strictjson.Decode([]byte(args), maxArgs, &r); err != nil {
		return fmt.Errorf("%w: count: %w", ErrInput, err)
	}
	c, err := collectionOf(ctx, tx, serial)
	if err != nil {
		return err
	}
	c.Receipt = Receipt{
		Genuine: r.Genuine, Counterfeit: r.Counterfeit, By: who.By, Approver: who.Approver, Reason: who.Reason,
		Date: v.dateOf(now), At: stored.Millis(now),
	}
	_, err = v.put(ctx, tx, c, now)

	return err
}
