package settle

import (
	"testing"
	"time"
	_ "time/tzdata" // zones, whatever machine this is
)

// TestDaysOfTheCalendar: a date begins and ends at its local midnights, however many hours it
// has, also where clocks are put forward at midnight itself.
func TestDaysOfTheCalendar(t *testing.T) {
	for _, c := range []struct {
		zone, day, from, to, due string
	}{
		{"Asia/Shanghai", "20261123", "2026-11-22T16:00:00Z", "2026-11-23T16:00:00Z", "2026-11-23T18:00:00Z"},
		{"Asia/Shanghai", "20261231", "2026-12-30T16:00:00Z", "2026-12-31T16:00:00Z", "2026-12-31T18:00:00Z"},
		{"Europe/Berlin", "20260328", "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z"}, // two o'clock is three
		{"Europe/Berlin", "20260329", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-30T00:00:00Z"}, // 23 hours
		{"Europe/Berlin", "20261025", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T01:00:00Z"}, // 25 hours
		{"America/Sao_Paulo", "20181103", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-04T04:00:00Z"},
		{"America/Sao_Paulo", "20181104", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", "2018-11-05T04:00:00Z"}, // it has no midnight
		{"UTC", "20240229", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z", "2024-03-01T02:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		from, to, err := span(c.day, zone)
		if err != nil {
			t.Errorf("%s %s: %v", c.zone, c.day, err)
		}
		due, err := at(c.day, 24+runHour, zone)
		if err != nil {
			t.Errorf("%s %s: %v", c.zone, c.day, err)
		}
		utc := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
		if utc(from) != c.from || utc(to) != c.to || utc(due) != c.due {
			t.Errorf("%s %s: %s to %s, due %s; want %s to %s, due %s", c.zone, c.day, utc(from), utc(to), utc(due), c.from, c.to, c.due)
		}
	}
	for _, bad := range []string{"", "2026112", "20261131", "20260229", "2026-11-23", "x0261123"} {
		if _, _, err := span(bad, time.UTC); err == nil {
			t.Errorf("%q is a day", bad)
		}
	}
}
