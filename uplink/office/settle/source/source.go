package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"wattkiosk/payments/reconcile/form"
)

// Bounds of every source.
const (
	MaxBytes = 8 << 30          // of a book
	MaxFiles = 20_000           // of a book, and names looked at in a folder are ten times as many
	Dial     = 10 * time.Second // until a connection stands
	Silence  = 30 * time.Second // of the other side
	Longest  = 30 * time.Minute // of one book, from the first word to the last byte
)

// ErrNotYet says that the other side has no book of the date yet.
var ErrNotYet = errors.New("no book of that date yet")

// errLarge is a book beyond MaxBytes.
var errLarge = fmt.Errorf("larger than %d bytes", int64(MaxBytes))

// Source is where the book of one system comes from. Any number of goroutines may use it.
type Source interface {
	// Kind is the form of the book.
	Kind() form.Kind
	// Open begins to fetch the book of a business date, YYYYMMDD. name says where it came
	// from, for people, and holds no secret. The error is ErrNotYet where there is none yet.
	// The caller closes what it gets; at io.EOF it has the whole book, before that it knows
	// nothing of it. The end of
	// ctx ends the reading.
	Open(ctx context.Context, date string) (name string, r io.ReadCloser, err error)
}

// day checks a business date.
func day(date string) (time.Time, error) {
	d, err := time.Parse("20060102", date)
	if err != nil {
		return d, fmt.Errorf("date %.20q is not YYYYMMDD", date)
	}

	return d, nil
}
