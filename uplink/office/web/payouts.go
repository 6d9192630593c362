package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

// payoutPages are what customers got at the counter.
type payoutPages struct{ *hall }

func (s *payoutPages) routes() []route {
	return []route{
		{"GET", api + "/payouts/{id}", people.Read, false, s.apiPayout},
		{"POST", api + "/cases/{id}/pay-out", actOf(approval.PayOut), false, s.apiPayOut},

		{"GET", "/payouts/{id}", people.Read, true, s.payoutPage},
		{"POST", "/cases/{id}/pay-out", actOf(approval.PayOut), true, s.payOutForm},
	}
}

// payOut proposes that a customer gets at the counter what a case owes.
func (s *payoutPages) payOut(ctx context.Context, id, to, reason string) (approval.Plan, error) {
	reason, err := checkReason("reason", reason)
	if err != nil {
		return approval.Plan{}, err
	}

	return s.cfg.Store.Plans.Propose(ctx, approval.PayOut, approval.Ask{Object: id, Args: strings.TrimSpace(to), Reason: reason, By: person(ctx).Name}, s.now())
}

func (s *payoutPages) apiPayOut(w http.ResponseWriter, r *http.Request) {
	var in struct {
		To     string `json:"to"`
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.payOut(r.Context(), r.PathValue("id"), in.To, in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

func (s *payoutPages) apiPayout(w http.ResponseWriter, r *http.Request) {
	p, err := s.cfg.Store.Payout(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, p)
}

func (s *payoutPages) payOutForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("id")
	p, err := s.payOut(r.Context(), id, r.PostForm.Get("to"), r.PostForm.Get("reason"))
	var had books.PaidOutError
	if errors.As(err, &had) {
		http.Redirect(w, r, withNote("/payouts/"+pathEscape(had.Case), "payout.had"), http.StatusSeeOther)
		return
	}
	if errors.Is(err, errInput) || errors.Is(err, books.ErrTaker) {
		s.refusePage(w, r, err, casePath(id))
		return
	}
	s.toPlan(w, r, p, err)
}

type payoutData struct {
	books.Payout
	Capital string // the amount in words, as a receipt has it
}

// payoutPage is the receipt that the customer signs.
func (s *payoutPages) payoutPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.cfg.Store.Payout(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l := language(r)
	s.show(w, r, http.StatusOK, "payout", page{Title: l.t("payout.receipt") + " " + p.Number, Nav: "where"}, payoutData{p, p.Amount.Capital()})
}
