package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/wire"
)

const (
	rolloutRows  = 50
	hashShown    = 12
	mebibyte     = 1 << 20
	progressFull = 1000 // units of a bar
	kiosksShown  = 500  // on the page of a rollout
)

// slice is one colour of a bar, in units of progressFull.
type slice struct {
	Tone    string
	At, Len int64
}

// bar shares progressFull among counts, in their order.
func bar(whole int64, parts ...part) []slice {
	var out []slice
	var sum, at int64
	for _, p := range parts {
		sum += p.n
		if end := sum * progressFull / max(whole, 1); end > at {
			out = append(out, slice{p.tone, at, end - at})
			at = end
		}
	}
	return out
}

type part struct {
	tone string
	n    int64
}

func tallyBar(c rollout.Tally) []slice {
	return bar(int64(c.Targets), part{"good", int64(c.Good)}, part{"bad", int64(c.Failed)}, part{"doubt", int64(c.Silent)},
		part{"busy", int64(c.InFlight)}, part{"none", int64(c.Missed + c.Withdrawn + c.Skipped)})
}

func countBar(c map[string]int64) ([]slice, int64, int64) {
	var all, bad, moving int64
	for phase, n := range c {
		all += n
		switch p := wire.Phase(phase); {
		case p == wire.PhaseFellBack || p == wire.PhaseFailed || p == wire.PhaseRefused:
			bad += n
		case phase == rollout.CountSent || p.Known() && !p.Final():
			moving += n
		}
	}
	good := c[string(wire.PhaseGood)]
	return bar(all, part{"good", good}, part{"bad", bad}, part{"busy", moving}, part{"none", c[rollout.CountSkipped]}), good, all
}

type rolloutRow struct {
	rollout.Rollout
	Bar       []slice
	Good, All int64
	Why       string
	When      string
}

type bundleRow struct {
	rollout.StoredBundle
	Short string
	MiB   string
	When  string
}

type rolloutsData struct {
	Rows     []rolloutRow
	Bundles  []bundleRow
	Groups   []rollout.Group
	Operator bool
	Depot    bool
}

func (s *rolloutPages) rolloutsPage(w http.ResponseWriter, r *http.Request) {
	d, err := s.rolloutsData(r.Context(), language(r))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "rollouts", page{Title: language(r).t("rolls"), Nav: "rolls"}, d)
}

func (s *rolloutPages) rolloutsData(ctx context.Context, l lang) (rolloutsData, error) {
	d := rolloutsData{Operator: may(person(ctx), people.Roll), Depot: s.cfg.Depot != nil}
	rows, err := s.rollouts(ctx, rolloutRows)
	if err != nil {
		return d, err
	}
	for _, v := range rows {
		row := rolloutRow{Rollout: v.Rollout, Why: s.why(l, v.Reason), When: clock(v.CreatedAt, s.now(), s.cfg.Store.Zone())}
		row.Bar, row.Good, row.All = countBar(v.Counts)
		d.Rows = append(d.Rows, row)
	}
	if d.Bundles, err = s.bundleRows(ctx); err != nil {
		return d, err
	}
	d.Groups, err = s.cfg.Store.Groups(ctx)
	return d, err
}

func (s *rolloutPages) bundleRows(ctx context.Context) ([]bundleRow, error) {
	bundles, err := s.cfg.Store.Bundles(ctx, rolloutRows)
	var out []bundleRow
	for _, b := range bundles {
		out = append(out, bundleRow{
			StoredBundle: b, Short: b.SHA256[:min(hashShown, len(b.SHA256))], MiB: fmt.Sprintf("%.1f", float64(b.Size)/mebibyte),
			When: clock(b.UploadedAt, s.now(), s.cfg.Store.Zone()),
		})
	}
	return out, err
}

// why is a reason in words.
func (s *rolloutPages) why(l lang, r rollout.Reason) string {
	switch r.Code {
	case "":
		return ""
	case rollout.WhyPerson:
		return l.t("rwhy.person", r.By, r.Note)
	case rollout.WhySoaking:
		return l.t("rwhy.soaking", clock(r.Have, s.now(), s.cfg.Store.Zone()))
	case rollout.WhyBack:
		return l.t("rwhy.went-back", r.Have, r.Limit, l.of("because", r.Note))
	case rollout.SkipBoard:
		return l.t("rwhy.board", r.Note)
	case rollout.WhyFailures, rollout.WhySilent, rollout.WhySuccess, rollout.WhyUnseen, rollout.StayOther:
		return l.t("rwhy."+string(r.Code), r.Have, r.Limit)
	case rollout.SkipNewer, rollout.StayMoved:
		return l.t("rwhy."+string(r.Code), r.Have)
	}
	return l.of("rwhy", string(r.Code))
}

type waveRow struct {
	rollout.WaveReport
	Who  string
	Soak string
	Bar  []slice
	Now  bool // the open one of an active rollout
}

type rolloutKiosk struct {
	rollout.KioskReport
	Moving bool // Percent says something
	Whys   []string
	Seen   string
	Rev    string
}

type rolloutData struct {
	rollout.Report
	Why, Created, Started string
	Window                string
	MiB                   string
	Waves                 []waveRow
	Kiosks                []rolloutKiosk
	More                  int // kiosks that are not shown
	All                   rollout.Tally
	Bar                   []slice
	Rest                  int // neither moving nor at an end that says something
	Back                  int // that went back
	Acts                  []rollout.Act
	OwnDraft              bool // who looks may not start it
}

func (s *rolloutPages) rolloutPage(w http.ResponseWriter, r *http.Request) {
	x, err := s.cfg.Store.Rollout(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l := language(r)
	d := s.rolloutData(l, x)
	if u := person(r.Context()); may(u, people.Roll) {
		for _, a := range d.May {
			if d.OwnDraft = d.OwnDraft || a == rollout.Start && x.State == rollout.Draft && x.CreatedBy == u.Name; a != rollout.Start || !d.OwnDraft {
				d.Acts = append(d.Acts, a)
			}
		}
	}
	s.show(w, r, http.StatusOK, "rollout", page{Title: l.t("roll.title") + " " + x.ID, Nav: "rolls"}, d)
}

func (s *rolloutPages) rolloutData(l lang, x rollout.Rollout) rolloutData {
	rep := x.Report(s.now())
	zone := s.cfg.Store.Zone()
	d := rolloutData{
		Report: rep, Why: s.why(l, x.Reason), Created: stamp(x.CreatedAt, zone), Started: stamp(x.StartedAt, zone),
		Window: hours(x.Spec.Window), MiB: fmt.Sprintf("%.1f", float64(x.Bundle.Size)/mebibyte),
	}
	if x.Spec.Window.From == x.Spec.Window.To {
		d.Window = l.t("roll.anytime")
	}
	for i, wr := range rep.Waves {
		spec := x.Spec.Waves[i]
		row := waveRow{WaveReport: wr, Who: fmt.Sprintf("%d%%", spec.Percent), Soak: l.lasted(spec.Soak()), Bar: tallyBar(wr.Tally), Now: i == x.Wave && (x.State == rollout.Running || x.State == rollout.Paused)}
		if spec.Percent == 0 {
			row.Who = l.t("wave.named", len(spec.Kiosks))
		}
		d.Waves = append(d.Waves, row)
	}
	d.All = x.Count(s.now().UnixMilli(), 0, len(x.Spec.Waves))
	d.Bar, d.Rest = tallyBar(d.All), d.All.Waiting+d.All.Missed+d.All.Withdrawn+d.All.Skipped
	for _, k := range rep.Kiosks {
		if k.Back == rollout.Good {
			d.Back++
		}
	}
	shown := shownKiosks(rep.Kiosks)
	d.More = len(rep.Kiosks) - len(shown)
	for _, k := range shown {
		d.Kiosks = append(d.Kiosks, s.rolloutKiosk(l, k))
	}
	return d
}

// shownKiosks is what fits on a page: all, or first those that a person has to
// look at.
func shownKiosks(all []rollout.KioskReport) []rollout.KioskReport {
	if len(all) <= kiosksShown {
		return all
	}
	urgency := map[rollout.Standing]int{rollout.Failed: -3, rollout.Silent: -2, rollout.InFlight: -1}
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b rollout.KioskReport) int { return urgency[a.Standing] - urgency[b.Standing] })
	return out[:kiosksShown]
}

func (s *rolloutPages) rolloutKiosk(l lang, k rollout.KioskReport) rolloutKiosk {
	row := rolloutKiosk{KioskReport: k, Moving: k.Standing == rollout.InFlight && (k.Phase == wire.PhaseDownloading || k.Phase == wire.PhaseWriting)}
	if at := max(k.ReportedAt, k.BackReportedAt); at != 0 {
		row.Seen = l.ago(at, s.now())
	}
	for _, text := range []string{s.why(l, k.Skip), codeWords(l, k.Code, k.Detail), codeWords(l, k.BackCode, k.BackDetail), s.why(l, k.Stay)} {
		if text != "" {
			row.Whys = append(row.Whys, text)
		}
	}
	row.Rev = fmt.Sprint(k.Standing, k.Phase, k.Percent, k.Back, k.BackPhase)
	return row
}

// codeWords is what a kiosk said of how its job ended.
func codeWords(l lang, code, detail string) string {
	switch {
	case code == "":
		return detail
	case detail == "":
		return l.of("jcode", code)
	}
	return l.t("jcode.with", l.of("jcode", code), detail)
}

func hours(w wire.Window) string {
	return fmt.Sprintf("%02d:%02d–%02d:%02d", w.From/60, w.From%60, w.To/60, w.To%60)
}

func (s *rolloutPages) rolloutForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	act := rollout.Act(r.PathValue("act"))
	if act != rollout.Start && act != rollout.Pause && act != rollout.Stop && act != rollout.RollBack {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	id := r.PathValue("id")
	_, err := s.actRollout(r.Context(), id, act, r.PostForm.Get("reason"))
	switch {
	case errors.Is(err, rollout.ErrTwoPeople):
		s.show(w, r, http.StatusForbidden, "error", page{Title: language(r).t("error.two")}, "error.two")
	case err != nil:
		s.failPage(w, r, err)
	default:
		http.Redirect(w, r, withNote("/rollouts/"+pathEscape(id), "roll."+string(act)), http.StatusSeeOther)
	}
}

func (s *rolloutPages) groupForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	kiosks := rollout.Names(r.PostForm.Get("kiosks"))
	if err := s.cfg.Store.SetGroup(r.Context(), r.PostForm.Get("name"), kiosks, person(r.Context()).Name, s.now()); err != nil {
		s.refusePage(w, r, err, "/rollouts")
		return
	}
	http.Redirect(w, r, withNote("/rollouts", "group"), http.StatusSeeOther)
}
