package web

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"time"

	"wattkiosk/payments/money"
)

// grouped is yuan with thousands set off: 12,345.60.
func grouped(a money.Amount) string {
	s, sign := a.String(), ""
	if strings.HasPrefix(s, "-") {
		s, sign = s[1:], "-"
	}
	for i := len(s) - 6; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// yuan is grouped with the sign of the currency.
func yuan(a money.Amount) string {
	if a < 0 {
		return "-¥" + grouped(-a)
	}
	return "¥" + grouped(a)
}

// owing is an amount that may not be known, grouped.
func (l lang) owing(o money.Optional) string {
	a, known := o.Get()
	if !known {
		return l.t("txn.unknown")
	}
	return grouped(a)
}

// clock is a time of day, with the date if that is not today's.
func clock(at int64, now time.Time, zone *time.Location) string {
	if at == 0 {
		return ""
	}
	t := time.UnixMilli(at).In(zone)
	if t.Format(time.DateOnly) == now.In(zone).Format(time.DateOnly) {
		return t.Format("15:04:05")
	}
	return t.Format("01-02 15:04:05")
}

// stamp is date and time to the second.
func stamp(at int64, zone *time.Location) string {
	if at == 0 {
		return ""
	}
	return time.UnixMilli(at).In(zone).Format(time.DateTime)
}

// lasted is a duration in one unit, rounded down.
func (l lang) lasted(d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.t("ago.s", int(max(d, 0).Seconds()))
	case d < time.Hour:
		return l.t("ago.m", int(d.Minutes()))
	case d < 48*time.Hour:
		return l.t("ago.h", int(d.Hours()))
	}
	return l.t("ago.d", int(d.Hours()/24))
}

// ago is how long ago at was.
func (l lang) ago(at int64, now time.Time) string {
	d := now.Sub(time.UnixMilli(at))
	switch {
	case at == 0:
		return l.t("kiosk.never")
	case d < 10*time.Second:
		return l.t("ago.now")
	}
	return l.t("ago", l.lasted(d))
}

// agoMark is how long ago at was, as an open page keeps it up to date by itself.
func agoMark(l lang, at int64, now time.Time) template.HTML {
	if at == 0 {
		return template.HTML(html.EscapeString(l.ago(at, now)))
	}

	return template.HTML(fmt.Sprintf(`<time data-ago="%d">%s</time>`, at, html.EscapeString(l.ago(at, now)))) // a number, and words of ours
}
