package fleet

import (
	"testing"
	"time"
)

// TestIncarnationAfterARestore: books that came out of a backup do not know what they
// gave out since. Each incarnation is above the one that is known, and two enrolments
// that start from the same books rarely get the same one.
func TestIncarnationAfterARestore(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	seen := map[uint8]int{}
	for i := range 240 {
		n, err := nextIncarnation("10000001", 3, at.Add(time.Duration(i)*time.Hour))
		if err != nil || n < 4 || n > 15 { // one of the 96 that are left, an eighth of them at most skipped
			t.Fatalf("incarnation %d, %v", n, err)
		}
		seen[n]++
	}
	for n, times := range seen {
		if times > 60 {
			t.Errorf("incarnation %d was given %d times of 240", n, times)
		}
	}
	if len(seen) < 8 {
		t.Errorf("%d different incarnations", len(seen))
	}

	if n, err := nextIncarnation("10000001", 98, at); err != nil || n != 99 {
		t.Errorf("the last incarnation: %d, %v", n, err)
	}
	if n, err := nextIncarnation("10000001", 99, at); err == nil {
		t.Errorf("after the last: %d", n)
	}
}
