package books

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/qr"
)

const maxHeld = 1000 // open cases that are looked through

// Received takes up the postings of payments by QR code and by bank card that were held
// because their acquirer, or the bank, was not known to have them, as far as it is now.
// What the kiosks were told of them before holds, as for the postings of records. It
// returns those that are held still. A payment that the kiosk knows to be given back needs
// none: its case is closed.
func (s *Keeper) Received(ctx context.Context, now time.Time) (held []Order, err error) {
	err = s.b.Update(ctx, func(tx Tx) error {
		held = nil
		txns, err := unpaid(ctx, tx)
		if err != nil || len(txns) == 0 {
			return err
		}

		var orders []Order
		var all []*Transaction
		for i, t := range txns {
			switch {
			case t.Tender == TenderBankCard:
				o, err := cardOrder(ctx, tx, t, now)
				if err != nil {
					return err
				}
				if o.Amount > 0 {
					orders, all = append(orders, o), append(all, &txns[i])
				}
			case t.Folded == nil || t.Folded.QR.Total() == 0:
			case t.Folded.QR.State == qr.Refunded:
				if err := CloseIfOpen(ctx, tx, caseID(ClassUnpaid, t.Kiosk, t.Serial), "given back, as its kiosk was told", now); err != nil {
					return err
				}
			default:
				orders = append(orders, Order{
					Serial: t.Serial, Account: t.Account, Kiosk: t.Kiosk, Tender: TenderQR, Amount: t.Folded.QR.Amount, PaidAt: t.Folded.QR.PaidAt.UnixMilli(),
					Card: boughtFor(*t.Folded),
				})
				all = append(all, &txns[i])
			}
		}
		_, verdicts, err := s.ensureAll(ctx, tx, nil, orders, recallGrace, now)
		if err != nil {
			return err
		}
		for i, o := range orders {
			if errors.Is(verdicts[i], ErrHeld) {
				held = append(held, o)
			}
		}

		return s.recall(ctx, tx, all, now)
	})

	return held, err
}

// unpaid are the transactions of the open cases of that class.
func unpaid(ctx context.Context, tx Tx) ([]Transaction, error) {
	cases, err := tx.ListCases(ctx, Filter{Open: true, Limit: maxHeld})
	if err != nil {
		return nil, fmt.Errorf("cannot list cases: %w", err)
	}
	var serials []string
	for _, c := range cases {
		if c.Class == ClassUnpaid {
			serials = append(serials, c.Serial)
		}
	}
	if len(serials) == 0 {
		return nil, nil
	}
	txns, err := tx.Transactions(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read transactions: %w", err)
	}

	return txns, nil
}
