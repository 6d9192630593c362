package server

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLostMessagesAreALineAMinute: a broker that is away loses one for each kiosk.
func TestLostMessagesAreALineAMinute(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}}))
	start := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	var l lost
	l.end(log) // nothing was lost, nothing is said
	for i := range 1000 {
		l.note(log, start.Add(time.Duration(i)*59*time.Millisecond), fmt.Sprint("k", i), errors.New("down"))
	}
	l.note(log, start.Add(time.Minute), "k1000", errors.New("down"))
	l.note(log, start.Add(-time.Hour), "k1001", errors.New("down")) // the clock was set back
	l.note(log, start, "k1002", errors.New("down"))
	l.end(log)
	l.end(log)
	l.note(log, start, "k1003", errors.New("down"))

	want := []string{
		`msg="messages lost" count=1 topic=k0 error=down`,
		`msg="messages lost" count=1000 topic=k1000 error=down`,
		`msg="messages lost" count=1 topic=k1001 error=down`,
		`msg="messages lost" count=1 topic=k1002 error=down`,
		`msg="messages pass again" lost=0`,
		`msg="messages lost" count=1 topic=k1003 error=down`,
	}
	if got := strings.Split(strings.TrimSpace(out.String()), "\n"); !slices.Equal(got, want) {
		t.Errorf("said\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
