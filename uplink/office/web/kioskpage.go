package web

import (
	"context"
	"net/http"
	"slices"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/wire"
)

const (
	kioskPayments = 10 // on the page of a kiosk
	kioskCases    = 10
)

// alarmLine is an alarm on the page of a kiosk.
type alarmLine struct {
	Word, Detail string
	Since        string // when it came, or when it went
	On           bool
	Seq          int // place in the list
}

// kioskData is all about one kiosk.
type kioskData struct {
	kioskRow
	State             string // in words: what it is at
	Tone              string
	Told              fleet.Place // by its own settings
	SetBy, SetAt      string      // who set the place, and when; empty: nobody
	Set               fleet.Place
	Report            wire.State
	Lines             []alarmLine
	Enrolled, Heard   string
	Ends              bool // the certificate ends soon, as the kiosk says
	Incarnation       uint8
	Cash              money.Amount
	Txns              []txnRow
	Cases             []caseRow
	MaySet, MayChoose bool
	Service           serviceData
	Forks             []forkRow
	Plans             waiting // that wait for a second person
}

func (s *fleetPages) kioskPage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	k, err := s.cfg.Store.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d, err := s.kiosk(r.Context(), l, k)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d.MaySet, d.MayChoose = may(person(r.Context()), people.SetPlace), may(person(r.Context()), actOf(approval.ChooseBranch))
	title := l.t("kiosk") + " " + k.ID
	if d.Place.Site != "" {
		title += " " + d.Place.Site
	}
	s.show(w, r, http.StatusOK, "kioskpage", page{Title: title, Nav: "kiosks"}, d)
}

func (s *fleetPages) kiosk(ctx context.Context, l lang, k fleet.Kiosk) (kioskData, error) {
	alarms, err := s.cfg.Store.AlarmsOf(ctx, k.ID)
	if err != nil {
		return kioskData{}, err
	}
	view := viewKiosk(k, alarms[k.ID])
	zone := s.cfg.Store.Zone()
	d := kioskData{
		kioskRow: s.kioskRow(l, view), Told: k.Told, Set: k.Set, Incarnation: k.Incarnation,
		Enrolled: stamp(k.EnrolledAt, zone), Heard: stamp(k.ReportedAt, zone), Ends: slices.Contains(view.codes(), "certificate"),
	}
	if k.SetBy != "" && k.Set != (fleet.Place{}) {
		d.SetBy, d.SetAt = k.SetBy, stamp(k.SetAt, zone)
	}
	if view.Report != nil {
		d.Report, d.Cash = *view.Report, view.Report.Cash
	}
	d.State, d.Tone = l.standing(view)
	d.Lines = s.alarmLines(l, view.codes(), alarms[k.ID])

	if d.Txns, err = s.books.txnRows(ctx, books.Filter{Kiosk: k.ID, Limit: kioskPayments}); err != nil {
		return d, err
	}
	if d.Cases, err = s.books.caseRows(ctx, l, books.Filter{Kiosk: k.ID, Limit: kioskCases}); err != nil {
		return d, err
	}
	if d.Service, err = s.service(ctx, k.ID); err != nil {
		return d, err
	}
	if d.Forks, err = s.forks(ctx, k.ID); err != nil {
		return d, err
	}
	d.Plans, err = s.pendingOf(ctx, l, k.ID)

	return d, err
}

// standing is how a kiosk is in a word, and its tone.
func (l lang) standing(k kioskView) (word, tone string) {
	switch {
	case k.SeenAt == 0:
		return l.t("kiosk.unheard"), "cancelled"
	case !k.Online:
		return l.t("kiosk.off"), "owed"
	case k.Report != nil && k.Report.Screen == "out-of-service":
		return l.of("screen", k.Report.Screen), "owed"
	case len(k.codes()) > 0:
		return l.t("kiosk.warns"), "posting"
	}

	return l.t("kiosk.works"), "posted"
}

// alarmLines are the alarms that are on, then those that went off, the newest first. Of one
// that only the kiosk's report tells nobody wrote down when it came.
func (s *fleetPages) alarmLines(l lang, on []string, kept []books.Alarm) []alarmLine {
	kept = slices.Clone(kept)
	slices.SortStableFunc(kept, func(a, b books.Alarm) int { return int(max(-1, min(1, b.At-a.At))) })
	var lines, gone []alarmLine
	for _, code := range on {
		line := alarmLine{Word: l.of("alarm", code), On: true}
		if i := slices.IndexFunc(kept, func(a books.Alarm) bool { return a.Code == code && a.On }); i >= 0 {
			line.Detail, line.Since = l.detail(kept[i].Detail), stamp(kept[i].At, s.cfg.Store.Zone())
		}
		lines = append(lines, line)
	}
	for _, a := range kept {
		if !a.On && !slices.Contains(on, a.Code) {
			gone = append(gone, alarmLine{Word: l.of("alarm", a.Code), Detail: l.detail(a.Detail), Since: stamp(a.At, s.cfg.Store.Zone())})
		}
	}
	lines = append(lines, gone...)
	for i := range lines {
		lines[i].Seq = i
	}

	return lines
}
