package ebds_test

import (
	"testing"

	"wattkiosk/hal/bill/ebds"
)

func TestPlainNotes(t *testing.T) {
	for _, c := range []struct {
		notes []int64
		want  [7]int64 // fen
		err   string
	}{
		{nil, [7]int64{}, ""},
		{[]int64{1, 5, 10, 20, 50, 100, 0}, [7]int64{100, 500, 1000, 2000, 5000, 10000, 0}, ""},
		{[]int64{10, 20, 50, 100, 100, 0, 0}, [7]int64{1000, 2000, 5000, 10000, 10000, 0, 0}, ""},
		{[]int64{10, 20, 50, 100}, [7]int64{}, "setting plain_notes: 4 values, and not one for each of the note numbers 1 to 7"},
		{[]int64{1, 5, 10, 20, 50, 100, 0, 0}, [7]int64{}, "setting plain_notes: 8 values, and not one for each of the note numbers 1 to 7"},
		{[]int64{2, 5, 10, 20, 50, 100, 0}, [7]int64{}, "setting plain_notes: there is no note of 2 yuan; 0 is a number that is not used"},
		{make([]int64, 7), [7]int64{}, "setting plain_notes: no note number is worth anything"},
	} {
		cfg, err := ebds.Settings{PlainNotes: c.notes}.Config()
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%v: %v, want %s", c.notes, err, c.err)
			}
			continue
		}
		if err != nil || cfg.Values != c.want || cfg.Plain != (len(c.notes) > 0) {
			t.Errorf("%v: %+v, %v", c.notes, cfg, err)
		}
	}
}
