package gateway

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/mis"
)

// TestBreaker: while the MIS is away one call at a time goes out, with a growing pause
// between, and the log has a line at each change and one a minute.
func TestBreaker(t *testing.T) {
	var out bytes.Buffer
	b := breaker{whose: "the MIS", log: slog.New(slog.NewTextHandler(&out, nil))}
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	gone := errors.New("connection refused")
	free := func(underWay, want int, wait time.Duration) {
		t.Helper()
		if n, w := b.free(now, 32-underWay, underWay); n != want || n == 0 && w != wait {
			t.Errorf("%d calls, wait %s; want %d, %s", n, w, want, wait)
		}
	}

	b.heard(now, string(mis.OpPost), gone)
	b.heard(now, string(mis.OpPost), gone)
	free(2, 30, 0)
	b.heard(now, string(mis.OpPost), gone)
	free(0, 0, time.Second)
	now = now.Add(time.Second)
	free(0, 1, 0)
	free(1, 0, 5*time.Second) // the probe is under way
	b.heard(now, string(mis.OpAsk), gone)
	free(0, 0, 2*time.Second)
	for range 100 { // half an hour of it
		now = now.Add(18 * time.Second)
		free(0, 1, 0)
		b.heard(now, string(mis.OpAsk), gone)
	}
	now = now.Add(-time.Hour) // the clock was ahead
	free(0, 1, 0)
	if n := strings.Count(out.String(), "\n"); n < 20 || n > 34 {
		t.Errorf("%d lines:\n%s", n, out.String())
	}

	if b.answered != 0 || b.silent != 104 {
		t.Errorf("counted %d and %d", b.answered, b.silent)
	}
	b.heard(now, string(mis.OpVerify), nil)
	free(0, 32, 0)
	if !strings.Contains(out.String(), "the MIS answers again") {
		t.Error("nothing says that the MIS is back")
	}
}
