package cash

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/stored"
)

const dateForm = "20060102"

// Vault keeps what is known of notes. It is safe for concurrent use if its backend is.
type Vault struct {
	b       stored.Backend[Tx]
	entries *accounts.Book
	dateOf  func(time.Time) string
}

// New is the vault in b, which posts to entries. dateOf is the business date, YYYYMMDD, of
// an instant.
func New(b stored.Backend[Tx], entries *accounts.Book, dateOf func(time.Time) string) *Vault {
	return &Vault{b, entries, dateOf}
}

// Positions are all, by kiosk.
func (v *Vault) Positions(ctx context.Context) ([]Position, error) {
	return stored.View(ctx, v.b, func(tx Tx) ([]Position, error) { return tx.CashPositions(ctx) })
}

// Position is that of one kiosk; stored.ErrNotFound says that nothing of it was read yet.
func (v *Vault) Position(ctx context.Context, kiosk string) (Position, error) {
	return stored.View(ctx, v.b, func(tx Tx) (Position, error) { return tx.CashPosition(ctx, kiosk) })
}

// Forecasts are how many days each of these kiosks' cassettes has until it is full, of
// those of which that is known.
func (v *Vault) Forecasts(ctx context.Context, positions []Position, now time.Time) (map[string]int64, error) {
	kiosk := ""
	if len(positions) == 1 {
		kiosk = positions[0].Kiosk
	}
	today := v.dateOf(now)
	from, err := daysBefore(today, forecastDays)
	if err != nil {
		return nil, err
	}
	rows, err := stored.View(ctx, v.b, func(tx Tx) ([]Day, error) { return tx.CashDays(ctx, kiosk, from) })
	if err != nil {
		return nil, fmt.Errorf("cannot read days of cash: %w", err)
	}

	byKiosk := map[string]map[string]int64{}
	for _, d := range rows {
		if byKiosk[d.Kiosk] == nil {
			byKiosk[d.Kiosk] = map[string]int64{}
		}
		byKiosk[d.Kiosk][d.Date] = d.Notes
	}
	out := map[string]int64{}
	for _, p := range positions {
		if days, known := UntilFull(p, byKiosk[p.Kiosk], today); known {
			out[p.Kiosk] = days
		}
	}

	return out, nil
}

// maxCapacity bounds what a cassette can hold.
const maxCapacity = 20_000

// SetCapacity says how many notes the cassettes of a kiosk hold; 0 says that nobody knows.
func (v *Vault) SetCapacity(ctx context.Context, kiosk string, notes int64, by string, now time.Time) (Position, error) {
	var p Position
	if notes < 0 || notes > maxCapacity {
		return p, fmt.Errorf("%w: a cassette of %d notes", ErrInput, notes)
	}
	err := v.b.Update(ctx, func(tx Tx) (err error) {
		if _, err = tx.Journal(ctx, kiosk); err != nil {
			return fmt.Errorf("kiosk %.20q: %w", kiosk, err)
		}
		if p, err = position(ctx, tx, kiosk); err != nil {
			return err
		}
		p.Capacity = notes
		if p, err = putPosition(ctx, tx, p, now); err != nil {
			return err
		}

		return tx.AddAudit(ctx, audit(by, "set cassette capacity", kiosk, fmt.Sprintf("%d notes", notes), now))
	})

	return p, err
}

// position is that of a kiosk, a new one where there is none.
func position(ctx context.Context, tx Tx, kiosk string) (Position, error) {
	p, err := tx.CashPosition(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		return Position{Kiosk: kiosk}, nil
	}
	if err != nil {
		return p, fmt.Errorf("cannot read the cash of kiosk %s: %w", kiosk, err)
	}

	return p, nil
}

func putPosition(ctx context.Context, tx Tx, p Position, now time.Time) (Position, error) {
	p.Version++
	p.UpdatedAt = stored.Millis(now)
	if err := tx.PutCashPosition(ctx, p); err != nil {
		return p, fmt.Errorf("cannot store the cash of kiosk %s: %w", p.Kiosk, err)
	}

	return p, nil
}
