package cash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/cash"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// maxRemitted is how many collections are remitted at once.
const maxRemitted = 60

// RemittanceID names a set of collections: the same set has the same name, in whatever
// order.
func RemittanceID(serials []string) string {
	h := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(serials)), " ")))

	return "r" + hex.EncodeToString(h[:5])
}

// Remitting is the plan by which a set of collections is handed over.
type Remitting struct {
	Remittance  string       `json:"remittance"`
	Collections string       `json:"collections"`
	Kiosks      int          `json:"kiosks"`
	Amount      money.Amount `json:"amount"`
	Versions    string       `json:"versions"`
}

// PlanRemit says what remitting a set would start from, and writes nothing. args are the
// serials, with a space between. What is not in the vault is ErrNotPossible, and so is what
// holds the notes of a payment that people are having reversed.
func PlanRemit(ctx context.Context, tx Tx, id, args string) (Remitting, error) {
	all, err := remittable(ctx, tx, id, args)
	if err != nil {
		return Remitting{}, err
	}
	out := Remitting{Remittance: id}
	kiosks := map[string]bool{}
	var serials, versions []string
	for _, c := range all {
		kiosks[c.Kiosk] = true
		serials, versions = append(serials, c.Serial), append(versions, fmt.Sprint(c.Version))
		out.Amount += c.Vaulted()
	}
	out.Kiosks = len(kiosks)
	out.Collections, out.Versions = strings.Join(serials, ", "), strings.Join(versions, " ")

	return out, nil
}

// remittable are the collections of a set, if it can be handed over.
func remittable(ctx context.Context, tx Tx, id, args string) ([]Collection, error) {
	serials := strings.Fields(args)
	if len(serials) == 0 || len(serials) > maxRemitted || len(slices.Compact(slices.Sorted(slices.Values(serials)))) != len(serials) {
		return nil, fmt.Errorf("%w: 1 to %d collections, each once", ErrInput, maxRemitted)
	}
	if id != RemittanceID(serials) {
		return nil, fmt.Errorf("%w: %.20q is not the name of this set", ErrInput, id)
	}
	var out []Collection
	for _, serial := range serials {
		c, err := collectionOf(ctx, tx, serial)
		switch {
		case err != nil:
			return nil, err
		case c.Phase() != Received:
			return nil, fmt.Errorf("%w: collection %s is %s", ErrNotPossible, serial, c.Phase())
		}
		if err := nothingGoesBack(ctx, tx, c); err != nil {
			return nil, err
		}
		out = append(out, c)
	}

	return out, nil
}

// nothingGoesBack refuses a collection while a payment with notes in it is being reversed:
// either the reversal or the remittance was first.
func nothingGoesBack(ctx context.Context, tx Tx, c Collection) error {
	inside, err := notes(ctx, tx, c.Kiosk, c.From, c.To, 0)
	if err != nil {
		return err
	}
	var serials []string
	for _, n := range inside {
		if n.Serial != "" {
			serials = append(serials, n.Serial)
		}
	}
	slices.Sort(serials)
	serials = slices.Compact(serials)
	if len(serials) == 0 {
		return nil
	}
	posts, err := tx.Postings(ctx, serials)
	if err != nil {
		return fmt.Errorf("cannot read postings: %w", err)
	}
	for _, p := range posts {
		if p.State == call.Undoing && p.Why == "" {
			return fmt.Errorf("%w: payment %s, whose notes are in it, is being reversed", ErrNotPossible, p.Serial)
		}
	}

	return nil
}

// RemitIn hands a set of collections over, as two people want it; what it refuses is as in
// PlanRemit.
func (v *Vault) RemitIn(ctx context.Context, tx Tx, id, args string, who books.Orderers, now time.Time) error {
	all, err := remittable(ctx, tx, id, args)
	if err != nil {
		return err
	}
	r := Remittance{ID: id, By: who.By, Approver: who.Approver, Reason: who.Reason, At: stored.Millis(now), Date: v.dateOf(now)}
	for _, c := range all {
		c.Remittance, c.RemittedDate = id, r.Date
		c.RemittedAt = r.At
		if _, err := v.put(ctx, tx, c, now); err != nil {
			return err
		}
		r.Collections = append(r.Collections, c.Serial)
		r.Amount += c.Vaulted()
	}
	_, err = v.putRemittance(ctx, tx, r, now)

	return err
}

func (v *Vault) putRemittance(ctx context.Context, tx Tx, r Remittance, now time.Time) (Remittance, error) {
	r.Version++
	r.UpdatedAt = stored.Millis(now)
	if err := tx.PutRemittance(ctx, r); err != nil {
		return r, fmt.Errorf("cannot store remittance %s: %w", r.ID, err)
	}

	return r, nil
}

// Reversible refuses, as ErrRemitted, that people have a payment reversed whose notes were
// remitted. What is still open is the machine's to end: it takes back only what nobody
// knows to be booked, and asks nobody here.
func Reversible(ctx context.Context, tx Tx, serial string) error {
	kiosk, ok := kioskOf(serial)
	if !ok {
		return nil
	}
	events, err := tx.Events(ctx, kiosk, serial, maxEvents)
	if err != nil {
		return fmt.Errorf("cannot read records of %s: %w", serial, err)
	}
	var in []Point
	for _, e := range events {
		if e.Type == (cash.NoteStacked{}).EventType() {
			in = append(in, Point{e.Incarnation, e.Seq})
		}
	}
	if len(in) == 0 {
		return nil
	}
	all, err := tx.CollectionsOf(ctx, kiosk)
	if err != nil {
		return fmt.Errorf("cannot read collections of kiosk %s: %w", kiosk, err)
	}
	for _, c := range all {
		if c.Remittance != "" && slices.ContainsFunc(in, c.holds) {
			return fmt.Errorf("%w (collection %s, remitted on %s)", ErrRemitted, c.Serial, dashed(c.RemittedDate))
		}
	}

	return nil
}

// holds reports whether a note whose record is at p was in the cassette.
func (c Collection) holds(p Point) bool { return p.Compare(c.From) > 0 && p.Compare(c.To) <= 0 }

const (
	maxEvents    = 1000 // records of one payment
	kioskDigits  = 8
	serialDigits = 20
)

// kioskOf is the kiosk of a payment's serial.
func kioskOf(serial string) (string, bool) {
	if len(serial) != serialDigits {
		return "", false
	}

	return serial[:kioskDigits], true
}

// Remittances are the newest.
func (v *Vault) Remittances(ctx context.Context) ([]Remittance, error) {
	return stored.View(ctx, v.b, func(tx Tx) ([]Remittance, error) { return tx.ListRemittances(ctx, stored.MaxList) })
}

// Remittance is one of them, or stored.ErrNotFound.
func (v *Vault) Remittance(ctx context.Context, id string) (Remittance, error) {
	return stored.View(ctx, v.b, func(tx Tx) (Remittance, error) { return remittanceOf(ctx, tx, id) })
}

func remittanceOf(ctx context.Context, tx Tx, id string) (Remittance, error) {
	r, err := tx.Remittance(ctx, id)
	if err != nil {
		return r, fmt.Errorf("remittance %.32q: %w", id, err)
	}

	return r, nil
}
