package cash

import (
	"testing"

	"wattkiosk/payments/cassette"
	"wattkiosk/payments/money"
)

// position is a cassette with so many notes of 100.00.
func positionOf(capacity, notes int64, firstDay string) Position {
	return Position{Capacity: capacity, Account: cassette.Account{Notes: int(notes), Total: money.Yuan(100 * notes)}, FirstDay: firstDay}
}

// TestUntilFull: 20261130 is a Monday.
func TestUntilFull(t *testing.T) {
	every := func(n int64) map[string]int64 {
		out := map[string]int64{}
		for back := range 20 {
			date, err := daysBefore("20261130", back)
			if err != nil {
				t.Fatal(err)
			}
			out[date] = n
		}
		return out
	}
	// Mondays only: 30 on the later one and 60 on the one before make (2×30 + 60) / 3 = 40.
	mondays := map[string]int64{"20261123": 30, "20261116": 60}
	for name, c := range map[string]struct {
		p     Position
		notes map[string]int64
		want  int64
		known bool
	}{
		"a hundred a day, 250 left":          {positionOf(600, 350, "20261101"), every(100), 2, true},
		"a hundred a day, full today":        {positionOf(600, 500, "20261101"), every(100), 0, true},
		"a hundred a day, full tomorrow":     {positionOf(600, 499, "20261101"), every(100), 1, true},
		"full":                               {positionOf(600, 600, "20261101"), every(100), 0, true},
		"more than full":                     {positionOf(600, 700, "20261101"), every(100), 0, true},
		"full, and no day is known":          {positionOf(600, 600, "20261130"), nil, 0, true},
		"Mondays, 40 left":                   {positionOf(600, 560, "20261101"), mondays, 0, true},
		"Mondays, 41 left":                   {positionOf(600, 559, "20261101"), mondays, 7, true},
		"Mondays, 81 left":                   {positionOf(600, 519, "20261101"), mondays, 14, true},
		"seven days":                         {positionOf(600, 350, "20261123"), every(100), 2, true},
		"six days are too few":               {positionOf(600, 350, "20261124"), every(100), 0, false},
		"nothing is known":                   {positionOf(600, 0, ""), nil, 0, false},
		"no capacity":                        {positionOf(0, 350, "20261101"), every(100), 0, false},
		"nothing comes in":                   {positionOf(600, 350, "20261101"), nil, 0, false},
		"a year does not fill it":            {positionOf(2000, 0, "20261101"), map[string]int64{"20261123": 30}, 0, false},
		"today's own notes change no weight": {positionOf(600, 350, "20261101"), map[string]int64{"20261130": 100}, 0, false},
	} {
		if got, known := UntilFull(c.p, c.notes, "20261130"); got != c.want || known != c.known {
			t.Errorf("%s: %d, %v, want %d, %v", name, got, known, c.want, c.known)
		}
	}
}
