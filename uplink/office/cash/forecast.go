package cash

import (
	"fmt"
	"time"
)

// The forecast. Each weekday is expected to bring what the same weekday brought in the last
// forecastDays, the later of the two counting twice; today brings the whole of it, so that
// the forecast is rather early than late. A date without a note brought none, unless it is
// before the first of which anything is known.
const (
	forecastDays = 14
	leastDays    = 7   // of known dates, else the forecast is unknown
	mostDays     = 365 // and beyond that it says nothing
)

// UntilFull is how many days a cassette has until it is full: 0 is today. notes is what
// came in by date, YYYYMMDD. It is not known where the capacity is not, where there are too
// few days, and where so little comes in that a year does not fill it.
func UntilFull(p Position, notes map[string]int64, today string) (days int64, known bool) {
	room := p.Capacity - p.Notes()
	day, err := time.Parse(dateForm, today)
	switch {
	case p.Capacity <= 0 || p.FirstDay == "" || err != nil:
		return 0, false
	case room <= 0:
		return 0, true
	}

	sums, weights := [7]int64{}, [7]int64{}
	seen := 0
	for back := 1; back <= forecastDays; back++ {
		of := day.AddDate(0, 0, -back)
		date := of.Format(dateForm)
		if date < p.FirstDay {
			break
		}
		weight := int64(1)
		if back <= 7 {
			weight = 2
		}
		sums[of.Weekday()] += weight * notes[date]
		weights[of.Weekday()] += weight
		seen++
	}
	if seen < leastDays {
		return 0, false
	}

	// In sixths of a note, which both weights divide.
	left := room * 6
	for ; days < mostDays; days++ {
		w := day.AddDate(0, 0, int(days)).Weekday()
		left -= sums[w] * 6 / weights[w]
		if left <= 0 {
			return days, true
		}
	}

	return 0, false
}

func daysBefore(date string, n int) (string, error) {
	day, err := time.Parse(dateForm, date)
	if err != nil {
		return "", fmt.Errorf("%w: date %.20q", ErrInput, date)
	}

	return day.AddDate(0, 0, -n).Format(dateForm), nil
}
