package missim

import (
	"slices"
	"strings"

	"wattkiosk/payments/money"
)

// Account is a customer's account in the ledger. Amounts are fen.
type Account struct {
	Number    string       `json:"number"`
	Name      string       `json:"name"`
	Address   string       `json:"address"`
	Class     int          `json:"class"` // yhfl
	MeterCard bool         `json:"meter_card,omitempty"`
	NoPartial bool         `json:"no_partial,omitempty"` // arrears are paid whole
	NoAdvance bool         `json:"no_advance,omitempty"` // nothing beyond the arrears
	Limit     money.Amount `json:"limit,omitempty"`      // most in one posting; 0 for none
	Bills     []Bill       `json:"bills"`                // unpaid, oldest first
	Advance   money.Amount `json:"advance"`

	// Kept by the ledger: what Arrears says, and what Audit compares with.
	Arrears        money.Amount `json:"arrears"`         // bills less advance, never below 0
	Billed         money.Amount `json:"billed"`          // all bills ever issued, less those withdrawn
	OpeningAdvance money.Amount `json:"opening_advance"` // when the account was added
}

// Bill is one month's receivable, as far as it is unpaid.
type Bill struct {
	ID      string       `json:"id"`
	Month   string       `json:"month"` // YYYYMM
	Fee     money.Amount `json:"fee"`
	Penalty money.Amount `json:"penalty"`
}

func (a *Account) fee() (sum money.Amount) {
	for _, b := range a.Bills {
		sum += b.Fee
	}
	return sum
}

func (a *Account) penalty() (sum money.Amount) {
	for _, b := range a.Bills {
		sum += b.Penalty
	}
	return sum
}

func (a *Account) owed() money.Amount { return a.fee() + a.penalty() }

func (a *Account) settle() { a.Arrears = max(0, a.owed()-a.Advance) }

// pay takes up to amount for the bills and returns what each bill got.
func (a *Account) pay(amount money.Amount) (parts []Bill) {
	rest := amount
	kept := a.Bills[:0]
	for _, b := range a.Bills {
		part := Bill{ID: b.ID, Month: b.Month, Penalty: min(rest, b.Penalty)}
		rest -= part.Penalty
		part.Fee = min(rest, b.Fee)
		rest -= part.Fee
		if part.Fee+part.Penalty > 0 {
			parts = append(parts, part)
		}
		b.Fee -= part.Fee
		b.Penalty -= part.Penalty
		if b.Fee+b.Penalty > 0 {
			kept = append(kept, b)
		}
	}
	a.Bills = kept
	a.Advance += rest
	a.settle()
	return parts
}

// unpay gives the parts of a posting back to their bills.
func (a *Account) unpay(parts []Bill, toAdvance money.Amount) {
	for _, part := range parts {
		i := slices.IndexFunc(a.Bills, func(b Bill) bool { return b.ID == part.ID })
		if i < 0 {
			a.Bills = append(a.Bills, part)
			continue
		}
		a.Bills[i].Fee += part.Fee
		a.Bills[i].Penalty += part.Penalty
	}
	sortBills(a.Bills)
	a.Advance -= toAdvance
	a.settle()
}

func sortBills(bills []Bill) {
	slices.SortStableFunc(bills, func(x, y Bill) int {
		if c := strings.Compare(x.Month, y.Month); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
}

func (a *Account) clone() Account {
	c := *a
	c.Bills = append([]Bill{}, a.Bills...)
	return c
}
