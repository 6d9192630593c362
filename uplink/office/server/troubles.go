package server

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
)

// troubles log what is wrong with the records of kiosks, and that it is over: each
// once, for a kiosk sends again and again what is not acknowledged.
type troubles struct {
	mu sync.Mutex
	of map[string]string // as last logged; a kiosk without trouble has no entry
}

// note takes what became of a batch of a kiosk whose journal the books have up to have.
func (t *troubles) note(log *slog.Logger, kiosk string, have uint64, err error) {
	now := kindOf(err, have)
	if now == t.replace(kiosk, now) {
		return
	}

	switch {
	case err == nil:
		log.Info("records follow again", "kiosk", kiosk, "have", have)
	case errors.Is(err, books.ErrGap):
		log.Info("records missing", "kiosk", kiosk, "have", have)
	default:
		log.Error("records refused", "kiosk", kiosk, "error", err)
	}
}

// kindOf is what is wrong, as far as it makes another line; empty for nothing.
func kindOf(err error, have uint64) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, books.ErrGap):
		return fmt.Sprint("missing after ", have)
	case errors.Is(err, record.ErrChain):
		return fmt.Sprint("do not follow ", have)
	}
	return "refused"
}

// replace returns what was noted before.
func (t *troubles) replace(kiosk, now string) (before string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before = t.of[kiosk]
	if now == "" {
		delete(t.of, kiosk)
	} else {
		t.of[kiosk] = now
	}
	return before
}
