package web

import (
	"context"
	"errors"
	"net/http"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// serviceActs are what people do to a kiosk's service, by two where there is a kind of plan.
var serviceActs = []struct {
	act  identity.Act
	duty people.Act
	kind approval.Kind // empty: one person does it at once
}{
	{identity.Suspend, people.SuspendKiosk, ""},
	{identity.Resume, actOf(approval.ResumeKiosk), approval.ResumeKiosk},
	{identity.Replace, actOf(approval.ReplaceKiosk), approval.ReplaceKiosk},
	{identity.Retire, actOf(approval.RetireKiosk), approval.RetireKiosk},
}

// serviceTones are how services look.
var serviceTones = map[identity.Service]string{
	identity.InService: "posted", identity.Suspended: "owed", identity.Replaced: "posting", identity.Retired: "cancelled",
}

// serviceAct is something that the person who looks may do to a kiosk's service.
type serviceAct struct {
	Act identity.Act
	Two bool // another person has to approve it
}

// serviceData is whether a kiosk works for head office, and by which key.
type serviceData struct {
	identity.Identity
	Known          bool
	Tone           string
	Changed        string // when
	Certificate    string // when the newest one ends
	Due            bool
	Digits, Second string // of the newest key, and of the next one
	Acts           []serviceAct
}

func (s *fleetPages) service(ctx context.Context, kiosk string) (serviceData, error) {
	i, err := s.cfg.Store.Identities.Identity(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		return serviceData{}, nil
	}
	zone := s.cfg.Store.Zone()
	d := serviceData{
		Identity: i, Known: err == nil, Tone: serviceTones[i.Service], Changed: stamp(i.ChangedAt, zone), Certificate: stamp(i.Ends, zone),
		Due: i.Due(s.now()), Digits: identity.Fingerprint(i.Key), Second: identity.Fingerprint(i.Next),
	}
	for _, a := range i.Acts() {
		for _, row := range serviceActs {
			if row.act == a && may(person(ctx), row.duty) {
				d.Acts = append(d.Acts, serviceAct{a, row.kind != ""})
			}
		}
	}

	return d, err
}

// forkSide is one side of a fork, and what is asked for to keep it.
type forkSide struct {
	books.Side
	Ask                string // beside the kiosk
	First, Last, Heard string // when
}

// forkRow is a fork that nobody has decided.
type forkRow struct {
	Branch string
	Sides  []forkSide
}

// forks are those of one kiosk.
func (s *fleetPages) forks(ctx context.Context, kiosk string) ([]forkRow, error) {
	all, err := s.cfg.Store.Forks(ctx)
	if err != nil {
		return nil, err
	}
	var out []forkRow
	for _, f := range all {
		if f.Kiosk != kiosk {
			continue
		}
		zone, row := s.cfg.Store.Zone(), forkRow{Branch: f.Branch.Name}
		for _, side := range []books.Side{f.Journal, f.Branch} {
			ask := side.Name
			if ask == books.ChooseJournal {
				ask += " " + f.Branch.Name
			}
			row.Sides = append(row.Sides, forkSide{side, ask, stamp(side.First, zone), stamp(side.Last, zone), stamp(side.HeardAt, zone)})
		}
		out = append(out, row)
	}

	return out, nil
}

// suspendForm takes a kiosk out of service at once.
func (s *fleetPages) suspendForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	if _, err := s.suspend(r.Context(), r.PathValue("id"), r.PostForm.Get("reason")); err != nil {
		s.refusePage(w, r, err, kioskPath(r))
		return
	}
	http.Redirect(w, r, withNote(kioskPath(r), "suspended"), http.StatusSeeOther)
}

func kioskPath(r *http.Request) string { return "/kiosks/" + pathEscape(r.PathValue("id")) }

// kioskPlanForm proposes what two people do to a kiosk; ask is what is told beside it.
func (s *fleetPages) kioskPlanForm(k approval.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.form(w, r) {
			return
		}
		ask := approval.Ask{Object: r.PathValue("id"), Reason: r.PostForm.Get("reason")}
		if k == approval.ChooseBranch {
			ask.Args = r.PostForm.Get("side")
		}
		p, err := s.proposeWith(r.Context(), k, ask)
		s.planOr(w, r, p, err, kioskPath(r))
	}
}

// planOr sends a person to the plan, or says what was wrong and where to go back to.
func (s *hall) planOr(w http.ResponseWriter, r *http.Request, p approval.Plan, err error, back string) {
	if err != nil {
		s.refusePage(w, r, err, back)
		return
	}
	s.toPlan(w, r, p, nil)
}

// heldForm proposes that an order that is held is posted, or never is.
func (s *booksPages) heldForm(k approval.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.form(w, r) {
			return
		}
		id := r.PathValue("id")
		p, err := s.propose(r.Context(), k, id, r.PostForm.Get("reason"))
		s.planOr(w, r, p, err, casePath(id))
	}
}

// heldData is an order that is held, on the page of its case.
type heldData struct {
	books.HeldPlan
	Paid            string // when
	Release, Refuse bool   // what the person who looks may propose
}

// held is the order that a case holds back; nil where there is none, or not any more.
func (s *booksPages) held(ctx context.Context, c books.Case) (*heldData, error) {
	if !c.Open || c.Class != books.ClassHeld {
		return nil, nil
	}
	p, err := s.cfg.Store.HeldOrder(ctx, c.ID)
	if status, _, _ := verdict(err); err != nil && status != http.StatusInternalServerError {
		return nil, nil
	}
	who := person(ctx)
	d := heldData{HeldPlan: p, Paid: stamp(p.PaidAt, s.cfg.Store.Zone())}
	d.Release, d.Refuse = may(who, actOf(approval.ReleaseOrder)), may(who, actOf(approval.RefuseOrder))

	return &d, err
}
