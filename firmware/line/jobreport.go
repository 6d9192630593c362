package line

import (
	"time"

	"wattkiosk/uplink/wire"
)

// Waits of job reports.
const (
	percentEvery = 5 * time.Second // between reports that differ in Percent only
	reportRetry  = 5 * time.Second // after one that could not be handed over
)

// reports keeps the last report about a job, and knows when it is to be sent: at each
// change, and again whenever head office asks by sending the job, or the line comes
// back. It is not safe for concurrent use.
type reports struct {
	last wire.JobReport
	due  bool
	at   time.Time // not before
	sent time.Time
}

// set takes a report, nil for none.
func (r *reports) set(now time.Time, report *wire.JobReport) {
	switch {
	case report == nil || *report == r.last:
		return
	case onlyPercent(*report, r.last):
		if !r.due {
			r.at = r.sent.Add(percentEvery)
		}
	default:
		r.at = now
	}
	r.last, r.due = *report, true
}

// onlyPercent reports whether two reports differ in what changes all the time.
func onlyPercent(a, b wire.JobReport) bool {
	a.Percent, a.At = b.Percent, b.At
	return a == b
}

// again has the last report sent once more.
func (r *reports) again(now time.Time) {
	if r.last.ID != "" {
		r.due, r.at = true, now
	}
}

// forget drops the last report: head office wants no more of it.
func (r *reports) forget() { *r = reports{} }

// next is the report to be sent now.
func (r *reports) next(now time.Time) (wire.JobReport, bool) {
	return r.last, r.due && !now.Before(r.at)
}

// done says how sending ended.
func (r *reports) done(now time.Time, err error) {
	if err != nil {
		r.at = now.Add(reportRetry)
		return
	}
	r.due, r.sent = false, now
}

// wake is when something is to be sent; zero for never.
func (r *reports) wake() time.Time {
	if !r.due {
		return time.Time{}
	}
	return r.at
}
