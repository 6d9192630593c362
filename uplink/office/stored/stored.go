// Package stored is what the rows of every subject of head office have in common: how
// they are reached, what reading them can answer, and the bounds of what they hold.
//
// A subject (books, fleet, people, rollout, acquiring, bank, accounts) declares a Tx of its own: the row
// operations that its rules need. A Backend runs functions over that Tx inside one
// database transaction. Times in rows are Unix milliseconds by head office's clock
// unless a field says that they are the kiosk's; amounts are fen.
package stored

import (
	"context"
	"errors"
	"strings"
	"time"
)

// What reading and writing rows can answer.
var (
	ErrNotFound = errors.New("not found")
	ErrStale    = errors.New("row was changed by another")
)

// Backend runs functions in database transactions. What fn wrote is durable when
// Update returns nil, and undone when fn or Update returns an error. Update may run
// fn again after undoing it, so fn must not keep what it did in an earlier run.
type Backend[Tx any] interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
}

// View returns what fn reads in one snapshot.
func View[T, Tx any](ctx context.Context, b Backend[Tx], fn func(Tx) (T, error)) (T, error) {
	var out T
	err := b.View(ctx, func(tx Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	return out, err
}

// MaxList is the most rows that a list returns.
const MaxList = 500

// Limit is limit within 1 and MaxList; without one it is MaxList.
func Limit(limit int) int {
	if limit <= 0 || limit > MaxList {
		return MaxList
	}
	return limit
}

// Millis is Unix milliseconds, 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

const maxText = 512 // bytes of a text

// Text drops from s what a database text cannot hold, and what is too long.
func Text(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
