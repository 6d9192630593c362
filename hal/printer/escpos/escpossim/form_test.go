package escpossim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/printer/escpos/escpossim"
)

// TestForms: each slip ends at the top of the next form, wherever it stopped.
func TestForms(t *testing.T) {
	d := escpossim.New(escpossim.Config{Dots: 480})
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, page := range []string{"a\nb\n", "a\n", "c\n\n\n\n\n\n\n\n\n\n\n\n\n\n"} {
		d.Receive(now, []byte("\x1b@\x1bC\x0c"+page+"\x0c"))
		for range 20 {
			now = now.Add(time.Second)
			d.Advance(now)
		}
	}
	var mm []int64
	for _, s := range d.Slips() {
		mm = append(mm, s.MM)
	}
	if len(mm) != 3 || mm[0] != 51 || mm[1] != 51 || mm[2] != 102 { // 12 lines are 2 inches; 14 lines take two forms
		t.Errorf("slips of %v mm, want 51, 51, 102", mm)
	}
	if used := d.PaperUsedMM(); used != 204 {
		t.Errorf("%d mm used, want 204", used)
	}
}
