package line

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

const (
	lineSource        = "line"              // of what the line finds, beside other sources of the same condition
	certificateNotice = 30 * 24 * time.Hour // before its end: it should have been renewed for a month
	certificateCheck  = time.Hour
)

// conditions are what the line has found wrong, as it was last reported to the core,
// by their codes.
type conditions map[condition.Code]string // code -> detail

// set reports a condition when it comes, goes, or has another detail.
func (u *Uplink) set(ctx context.Context, code condition.Code, on bool, detail string) {
	was, had := u.wrong[code]
	if on == had && (!on || was == detail) {
		return
	}

	if on {
		u.wrong[code] = detail
		u.log.Warn("condition of the line", "code", code, "detail", detail)
	} else {
		delete(u.wrong, code)
		u.log.Info("condition of the line has ended", "code", code)
	}
	u.send(ctx, kiosk.Warning{Code: string(code), Source: lineSource, On: on, Detail: detail})
}

// judge turns what an acknowledgement says of head office into a condition. That there is
// another journal ends with an acknowledgement that fits and says nothing of a fork: then
// people have chosen, and chosen this one.
func (u *Uplink) judge(ctx context.Context, a wire.Ack, err error) {
	fits := err == nil && a.Upto == u.sender.Acknowledged()
	switch {
	case errors.Is(err, outbox.ErrAck):
		u.set(ctx, condition.JournalApart, true, err.Error())
	case fits && a.Fork:
		u.set(ctx, condition.JournalApart, true, fmt.Sprintf("head office has two journals of this kiosk, at record %d", a.Upto))
	case fits && !u.judged:
		u.judged = true
		u.send(ctx, kiosk.Warning{Code: string(condition.JournalApart), Source: lineSource}) // it may be of before the start
		fallthrough
	case fits:
		u.set(ctx, condition.JournalApart, false, "")
	case errors.Is(err, outbox.ErrBehind):
		u.set(ctx, condition.OfficeBehind, true, err.Error())
	}
}

// failed takes why the link did not come up.
func (u *Uplink) failed(ctx context.Context, err error) {
	switch mqttlink.ReasonOf(err) {
	case mqttlink.Clock:
		u.set(ctx, condition.Clock, true, err.Error())
	case mqttlink.OwnExpiry:
		u.set(ctx, condition.Certificate, true, "head office does not take the certificate any more: a technician has to enrol the kiosk again")
		u.tryOther()
	case mqttlink.Barred:
		if u.tryOther() {
			return
		}
		u.set(ctx, condition.NotAdmitted, true, "out of service, or its key was replaced by another board's")
	}
}

// tryOther has the next connection show the other key, while there are two, and reports
// whether it is a try worth waiting for: of the next key.
func (u *Uplink) tryOther() bool {
	id := u.renew.id
	if id == nil || !id.HasNext() {
		return false
	}
	shown := id.ShowsNext()
	id.Refused()

	return shown
}

// checkCertificate looks at the end of the own certificate once an hour.
func (u *Uplink) checkCertificate(ctx context.Context, now time.Time) {
	if u.tls == nil || now.Before(u.certificateAt) {
		return
	}
	u.certificateAt = now.Add(certificateCheck)

	ends, err := mqttlink.CertificateEnds(u.tls)
	switch {
	case err != nil:
		u.set(ctx, condition.Certificate, true, err.Error())
	case !now.Add(certificateNotice).Before(ends):
		u.set(ctx, condition.Certificate, true, "ends "+ends.UTC().Format("2006-01-02")+", "+daysLeft(ends.Sub(now)))
	default:
		u.set(ctx, condition.Certificate, false, "")
	}
}

// daysLeft is a time that is left, in whole days.
func daysLeft(d time.Duration) string {
	if d <= 0 {
		return "0 days left"
	}
	return fmt.Sprintf("%d days left", int(d/(24*time.Hour)))
}
