package gateway

import (
	"context"
	"errors"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/uplink/office/books"
)

// offerAgain is how long after the last call without an answer payment by QR code is
// offered once more: with no order open nobody else would find out.
const offerAgain = time.Minute

// reach is whether an acquirer answers.
type reach struct {
	failed int       // calls in a row without an answer that can be used
	last   time.Time // of these
	told   bool      // the books have it, since this program began
}

func (r reach) away() bool { return r.failed >= awayAfter }

// reached takes how a call ended. The first answer after calls without one, and the call
// with which an acquirer counts as away, are for people: they go into the books.
func (d *QRDesk) reached(ctx context.Context, name string, err error) {
	answered := err == nil || errors.Is(err, acquirer.ErrMisfit) || errors.Is(err, acquirer.ErrRequest)
	now := d.now()
	d.mu.Lock()
	r := d.reach[name]
	before := r
	if answered {
		r.failed = 0
	} else {
		r.failed++
		r.last = now
	}
	r.told = r.told && r.away() == before.away()
	d.reach[name] = r
	d.mu.Unlock()
	if r.told || !answered && !r.away() {
		return
	}

	why := ""
	if err != nil {
		why = acquirer.Scrub(err.Error())
	}
	if err := d.orders.Reach(ctx, name, r.away(), why, now); err != nil {
		d.log.Error("cannot keep whether an acquirer answers", "acquirer", name, "err", err)
		return
	}
	d.mu.Lock()
	r = d.reach[name]
	r.told = r.away() == !answered
	d.reach[name] = r
	d.mu.Unlock()
}

// NotNow are the tenders that head office knows cannot be had now: payment by QR code
// while the acquirer whose code is shown does not answer.
func (d *QRDesk) NotNow() []string {
	if len(d.acquirers) == 0 {
		return []string{books.TenderQR}
	}
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.reach[d.acquirers[0].Name]
	if age := now.Sub(r.last); r.away() && age >= 0 && age < offerAgain {
		return []string{books.TenderQR}
	}

	return nil
}
