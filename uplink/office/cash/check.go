package cash

import (
	"context"
	"fmt"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/stored"
)

// Proof is what Check found of one kiosk: its notes by its records, and where they are by
// the books.
type Proof struct {
	Kiosk  string       `json:"kiosk"`
	Told   money.Amount `json:"told"`   // by all its records, counted again
	Inside money.Amount `json:"inside"` // the position
	Out    money.Amount `json:"out"`    // of all collections
	Faults []Fault      `json:"faults"`
}

// Fault is one thing that is wrong. Amount is by how much.
type Fault struct {
	Amount money.Amount `json:"amount"`
	What   string       `json:"what"`
}

// Check counts all notes again out of the records, and holds against them where they are:
// those in the cassette and those collected are all that were told, and the accounts of
// each kiosk hold what its position and collections say. exact is false while records wait
// to be followed: then it proves nothing. So it does while payments wait to be posted.
func (v *Vault) Check(ctx context.Context) (all []Proof, exact bool, err error) {
	all, err = stored.View(ctx, v.b, func(tx Tx) ([]Proof, error) {
		unread, err := tx.UnreadJournals(ctx, "", 1)
		if err != nil {
			return nil, fmt.Errorf("cannot read what is to be followed: %w", err)
		}
		exact = len(unread) == 0
		positions, err := tx.CashPositions(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot read cash: %w", err)
		}
		rows, err := tx.ListBalances(ctx, accounts.Filter{})
		if err != nil {
			return nil, fmt.Errorf("cannot read balances: %w", err)
		}
		held := map[string]map[ledger.Account]money.Amount{}
		for _, b := range rows {
			if held[b.Kiosk] == nil {
				held[b.Kiosk] = map[ledger.Account]money.Amount{}
			}
			held[b.Kiosk][b.Account] += b.Debit - b.Credit
		}

		var out []Proof
		for _, p := range positions {
			proof, err := prove(ctx, tx, p, held[p.Kiosk])
			if err != nil {
				return nil, err
			}
			out = append(out, proof)
		}

		return out, nil
	})

	return all, exact, err
}

func prove(ctx context.Context, tx Tx, p Position, held map[ledger.Account]money.Amount) (Proof, error) {
	proof := Proof{Kiosk: p.Kiosk, Inside: p.Sum(), Faults: []Fault{}}
	err := records(ctx, tx, p.Kiosk, Point{}, Point{Incarnation: ^uint8(0), Seq: ^uint64(0)}, func(at Point, r record.Record) bool {
		if n, is := noteIn(p.Kiosk, at, r); is {
			proof.Told += n.Value
		}

		return true
	})
	if err != nil {
		return proof, err
	}
	all, err := tx.CollectionsOf(ctx, p.Kiosk)
	if err != nil {
		return proof, fmt.Errorf("cannot read collections of kiosk %s: %w", p.Kiosk, err)
	}

	want := map[ledger.Account]money.Amount{ledger.CashInKiosk: p.Sum()}
	for _, c := range all {
		proof.Out += c.Expected()
		switch c.Phase() {
		case InTransit:
			want[ledger.CashInTransit] += c.Carried()
		case Received:
			want[ledger.CashCounted] += c.Vaulted()
		case Remitted:
			want[ledger.CashRemitted] += c.Vaulted()
		case Deposited:
			want[ledger.CashAtBank] += c.Vaulted()
		}
		want[ledger.Counterfeit] += collection.Sum(c.Receipt.Counterfeit)
	}
	if proof.Told != proof.Inside+proof.Out {
		proof.fault(proof.Told-proof.Inside-proof.Out, "%s were told, %s are inside and %s were collected", proof.Told, proof.Inside, proof.Out)
	}
	for _, a := range []ledger.Account{ledger.CashInKiosk, ledger.CashInTransit, ledger.CashCounted, ledger.CashRemitted} {
		if held[a] != want[a] {
			proof.fault(held[a]-want[a], "%s holds %s, and should %s", a, held[a], want[a])
		}
	}

	return proof, nil
}

func (p *Proof) fault(amount money.Amount, what string, args ...any) {
	p.Faults = append(p.Faults, Fault{amount, fmt.Sprintf(what, args...)})
}
