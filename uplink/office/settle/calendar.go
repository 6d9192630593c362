package settle

import (
	"fmt"
	"time"
)

const dayForm = "20060102"

// Business dates are days of the calendar in the zone of the books; a day may have 23 or 25
// hours there.

// midnight is the first instant of a day in a zone: where clocks are put forward at midnight
// itself, the one after that.
func midnight(day string, zone *time.Location) (time.Time, error) {
	const (
		step = 15 * time.Minute // no zone's clocks are put forward by less
		most = 3 * time.Hour
	)
	if _, err := time.Parse(dayForm, day); err != nil {
		return time.Time{}, fmt.Errorf("%w: %.20q", ErrDate, day)
	}
	d, err := time.ParseInLocation(dayForm, day, zone)
	if err != nil {
		return d, fmt.Errorf("%w: %.20q", ErrDate, day)
	}
	for late := d.Add(most); d.Format(dayForm) < day && d.Before(late); {
		d = d.Add(step)
	}
	return d, nil
}

// shifted is the day so many days after one.
func shifted(day string, days int) (string, error) {
	d, err := time.Parse(dayForm, day) // in UTC, where days are alike
	if err != nil {
		return "", fmt.Errorf("%w: %.20q", ErrDate, day)
	}
	return d.AddDate(0, 0, days).Format(dayForm), nil
}

// span is the first instant of a day, and that of the day after.
func span(day string, zone *time.Location) (from, to time.Time, err error) {
	if from, err = midnight(day, zone); err != nil {
		return from, to, err
	}
	next, err := shifted(day, 1)
	if err != nil {
		return from, to, err
	}
	to, err = midnight(next, zone)
	return from, to, err
}

// at is a time of day on a day in a zone.
func at(day string, hour int, zone *time.Location) (time.Time, error) {
	d, err := time.Parse(dayForm, day)
	if err != nil {
		return d, fmt.Errorf("%w: %.20q", ErrDate, day)
	}
	return time.Date(d.Year(), d.Month(), d.Day(), hour, 0, 0, 0, zone), nil
}
