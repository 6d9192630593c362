package cash

import (
	"cmp"
	"fmt"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/accounts"
)

// documents are all that should stand in the books for one collection, as far as it is
// known now. What was not reached yet has none.
func documents(c Collection) ([]accounts.Document, error) {
	var out []accounts.Document
	add := func(key, date, kind, why string, by string, lines []ledger.Line, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		out = append(out, accounts.Document{Key: key + "-" + c.Serial, Kiosk: c.Kiosk, Date: date, Kind: kind, Why: why, By: by, Lines: lines})

		return nil
	}
	if c.Date == "" {
		return nil, nil
	}
	collected := c.Expected()
	if (c.To == Point{}) {
		collected = 0
	}

	lines, err := moved(ledger.Collect, collected)
	if err := add("collection", c.Date, string(ledger.Collect), "cassette "+cmp.Or(c.Kept.Out, "?"), c.Kept.By+", "+c.Kept.With, lines, err); err != nil {
		return nil, err
	}
	if c.EndedDate != "" {
		lines, err = beside(ledger.CashInTransit, c.Carried()-collected)
		if err := add("count", c.EndedDate, "count", c.Kept.Reason, c.Kept.By+", "+c.Kept.With, lines, err); err != nil {
			return nil, err
		}
	}
	if c.Receipt.At != 0 {
		count := ledger.Count{Expected: c.Carried(), Counted: c.Genuine(), Counterfeit: collection.Sum(c.Receipt.Counterfeit)}
		lines, err = count.Lines()
		if err := add("receipt", c.Receipt.Date, "receipt", c.Receipt.Reason, c.Receipt.By+", "+c.Receipt.Approver, lines, err); err != nil {
			return nil, err
		}
	}
	for _, f := range c.Forged {
		d, is, err := f.document(c)
		if err != nil {
			return nil, err
		}
		if is {
			out = append(out, d)
		}
	}
	if c.Remittance != "" {
		lines, err = moved(ledger.Remit, c.Vaulted())
		if err := add("remittance", c.RemittedDate, string(ledger.Remit), c.Remittance, accounts.Office, lines, err); err != nil {
			return nil, err
		}
	}
	if c.DepositedDate != "" {
		lines, err = moved(ledger.Deposit, c.Vaulted())
		if err := add("deposit", c.DepositedDate, string(ledger.Deposit), c.Remittance, accounts.Office, lines, err); err != nil {
			return nil, err
		}
	}

	return out, nil
}

// moved is the entry of a movement, none of nothing.
func moved(m ledger.Move, amount money.Amount) ([]ledger.Line, error) {
	if amount == 0 {
		return nil, nil
	}

	return ledger.Moved(m, amount)
}

// beside is the entry of what an account holds beside what it should: a surplus above 0, a
// shortage below.
func beside(account ledger.Account, off money.Amount) ([]ledger.Line, error) {
	against := ledger.Surplus
	if off < 0 {
		against = ledger.Shortage
	}

	return ledger.Sum([]ledger.Line{{Account: account, Amount: off}, {Account: against, Amount: -off}})
}

// document is what the bank has beside what was remitted.
func (r Remittance) document() (accounts.Document, error) {
	d := accounts.Document{Key: "deposit-" + r.ID, Date: r.Deposit.Date, Kind: string(ledger.Deposit), Why: r.Deposit.Reference, By: r.Deposit.By}
	var err error
	d.Lines, err = beside(ledger.CashAtBank, r.Off())

	return d, err
}
