package web

import (
	"context"
	"errors"
	"testing"
	"time"

	"wattkiosk/uplink/office/settle"
)

// TestSealIsCheckedOnceAMinute by a page that fetches by itself, and at each view by a person.
func TestSealIsCheckedOnceAMinute(t *testing.T) {
	var s seals
	checks, broken := 0, error(nil)
	check := func(context.Context, settle.Date) ([]settle.Wrong, error) {
		checks++
		return []settle.Wrong{{Of: "2"}}, broken
	}
	for _, c := range []struct {
		name    string
		version int64
		after   time.Duration
		itself  bool
		want    int
	}{
		{"a first fetch", 3, 0, true, 1},
		{"soon again", 3, 59 * time.Second, true, 1},
		{"a person", 3, 59 * time.Second, false, 2},
		{"soon after that", 3, 118 * time.Second, true, 2},
		{"a minute after it", 3, 119 * time.Second, true, 3},
		{"another version", 4, 119 * time.Second, true, 4},
		{"a clock set back", 4, 0, true, 5},
	} {
		wrong, err := s.wrong(t.Context(), settle.Date{Day: "20261123", Version: c.version}, noon.Add(c.after), c.itself, check)
		if err != nil || len(wrong) != 1 || checks != c.want {
			t.Errorf("%s: %d checks, %v, %v", c.name, checks, wrong, err)
		}
	}
	broken = errors.New("no rows")
	if _, err := s.wrong(t.Context(), settle.Date{Day: "20261123", Version: 5}, noon, true, check); !errors.Is(err, broken) {
		t.Error(err)
	}
}
