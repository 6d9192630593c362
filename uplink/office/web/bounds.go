package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
)

// boundsPath is of the page about what is believed of kiosks: of all, or of ?kiosk=.
const boundsPath = "/bounds"

// boundsLink is the page of a kiosk's bounds, or the fleet's.
func boundsLink(kiosk string) string {
	if kiosk == books.Fleet || kiosk == "" {
		return boundsPath
	}

	return boundsPath + "?kiosk=" + url.QueryEscape(kiosk)
}

// boundRow is one bound as it holds, and where it was set.
type boundRow struct {
	books.Limit
	Holds int64
	From  string // kiosk, fleet or default
	Else  int64  // what holds where this is not set
}

// boundsData are the bounds of a kiosk, or of all.
type boundsData struct {
	Kiosk  string // empty: all
	Rows   []boundRow
	Others []string // kiosks that have bounds of their own
	Plans  waiting
	MaySet bool
}

func (s *fleetPages) boundsPage(w http.ResponseWriter, r *http.Request) {
	l, kiosk := language(r), r.URL.Query().Get("kiosk")
	if kiosk == books.Fleet {
		kiosk = ""
	}
	if kiosk != "" {
		if _, err := s.cfg.Store.Kiosk(r.Context(), kiosk); err != nil {
			s.failPage(w, r, err)
			return
		}
	}
	set, err := s.cfg.Store.BoundsSet(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := boundsOf(kiosk, set)
	d.MaySet = may(person(r.Context()), actOf(approval.SetBounds))
	object := kiosk
	if kiosk == "" {
		object = books.Fleet
	}
	if d.Plans, err = s.pendingOf(r.Context(), l, object); err != nil {
		s.failPage(w, r, err)
		return
	}
	d.Plans = d.Plans.Of(string(approval.SetBounds))
	d.MaySet = d.MaySet && !d.Plans.Wait()
	title := l.t("bounds.all")
	if kiosk != "" {
		title = l.t("bounds.one") + " " + kiosk
	}
	s.show(w, r, http.StatusOK, "bounds", page{Title: title, Nav: "kiosks"}, d)
}

// boundsOf are the bounds of a kiosk, or of all if it is empty, out of all that were set.
func boundsOf(kiosk string, set []books.BoundsRow) boundsData {
	d := boundsData{Kiosk: kiosk}
	var own, fleet books.Bounds
	for _, b := range set {
		switch b.Kiosk {
		case books.Fleet:
			fleet = b.Bounds
		case kiosk:
			own = b.Bounds
		default:
			d.Others = append(d.Others, b.Kiosk)
		}
	}
	from := "kiosk"
	if kiosk == "" {
		own, fleet = fleet, books.Bounds{}
		from = "fleet"
	}
	all, above := fleet.Limits(), books.Holding(books.Bounds{}, fleet).Limits()
	for i, limit := range own.Limits() {
		row := boundRow{Limit: limit, Holds: limit.Now, From: from, Else: above[i].Now}
		if limit.Now == 0 {
			row.Holds, row.From = row.Else, "default"
			if all[i].Now != 0 {
				row.From = "fleet"
			}
		}
		d.Rows = append(d.Rows, row)
	}

	return d
}

// boundsForm proposes bounds: those that are filled in, and no others, are set afterwards.
func (s *fleetPages) boundsForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	kiosk := r.PostForm.Get("kiosk")
	var words []string
	for _, limit := range (books.Bounds{}).Limits() {
		if n := strings.TrimSpace(r.PostForm.Get(limit.Name)); n != "" {
			words = append(words, limit.Name+"="+strings.Join(strings.Fields(n), ",")) // one number, or none that is read
		}
	}
	ask := approval.Ask{Object: kiosk, Args: strings.Join(words, " "), Reason: r.PostForm.Get("reason")}
	if kiosk == "" {
		ask.Object = books.Fleet
	}
	if _, err := books.ParseBounds(ask.Args); err != nil {
		s.refusePage(w, r, fmt.Errorf("%w: %w", errInput, err), boundsLink(kiosk))
		return
	}
	p, err := s.proposeWith(r.Context(), approval.SetBounds, ask)
	s.planOr(w, r, p, err, boundsLink(kiosk))
}

// boundsFacts say what a plan changes of the bounds that hold, one by one; nil for a plan that
// was made before plans said so.
func (l lang) boundsFacts(body string) []planFact {
	var p books.BoundsPlan
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Then == "" {
		return nil
	}
	before, err := books.ParseBounds(p.From)
	if err != nil {
		return nil
	}
	after, err := books.ParseBounds(p.Then)
	if err != nil {
		return nil
	}
	out := []planFact{}
	then := after.Limits()
	for i, now := range before.Limits() {
		if now.Now == then[i].Now {
			continue
		}
		way := "bounds.wider"
		if then[i].Now < now.Now { // the larger a bound, the more is believed
			way = "bounds.narrower"
		}
		out = append(out, planFact{l.of("bound", now.Name), l.t("bounds.change", l.bound(now, now.Now), l.bound(now, then[i].Now), l.t(way))})
	}
	if len(out) == 0 {
		out = append(out, planFact{l.t("planfact.bounds"), l.t("bounds.same")})
	}

	return out
}

// bound is a number of a bound with its unit.
func (l lang) bound(limit books.Limit, n int64) string {
	return l.t("boundunit."+limit.Name, strconv.FormatInt(n, 10))
}
