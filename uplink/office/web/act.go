package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
)

// Bounds of what a person writes as reason or resolution, in characters.
const (
	minReason = 2
	maxReason = 150
)

// Acts on a posting, as they stand in paths.
const (
	actRetry   = "retry"
	actReverse = "reverse"
)

func checkReason(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < minReason || n > maxReason || strings.ContainsRune(text, 0) {
		return "", fmt.Errorf("%s %w: want %d to %d characters", field, errInput, minReason, maxReason)
	}
	return text, nil
}

// order has an act on a posting carried out: at once where one person may, or else once
// another one has approved the plan. The books audit it with that.
func (s *booksPages) order(ctx context.Context, act, serial, reason string) (approval.Plan, error) {
	if act == actRetry {
		why, err := checkReason("reason", reason)
		if err != nil {
			return approval.Plan{}, err
		}
		if s.cfg.Kick == nil {
			return approval.Plan{}, fmt.Errorf("%s: %w", act, errNotOffered)
		}
		_, err = s.cfg.Store.Hasten(ctx, serial, person(ctx).Name, why, s.now())
		if !errors.Is(err, books.ErrTwoPeople) {
			s.cfg.Kick()
			return approval.Plan{}, err
		}
	}

	return s.propose(ctx, approval.Kind(act), serial, reason)
}

// closeCase closes a case: at once if it has no amount, or else once another person has
// approved the plan. The books audit it with that.
func (s *booksPages) closeCase(ctx context.Context, id, resolution, went string) (books.Case, approval.Plan, error) {
	resolution, err := checkReason("resolution", resolution)
	if err != nil {
		return books.Case{}, approval.Plan{}, err
	}
	c, err := s.cfg.Store.CloseCase(ctx, id, person(ctx).Name, resolution, s.now())
	if !errors.Is(err, books.ErrTwoPeople) {
		return c, approval.Plan{}, err
	}
	p, err := s.cfg.Store.Plans.Propose(ctx, approval.CloseCase, approval.Ask{Object: id, Args: went, Reason: resolution, By: person(ctx).Name}, s.now())

	return c, p, err
}

func (s *booksPages) apiRetry(w http.ResponseWriter, r *http.Request) { s.apiOrder(w, r, actRetry) }

func (s *booksPages) apiReverse(w http.ResponseWriter, r *http.Request) { s.apiOrder(w, r, actReverse) }

func (s *booksPages) apiOrder(w http.ResponseWriter, r *http.Request, act string) {
	var in struct {
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	serial := r.PathValue("serial")
	if plan, err := s.order(r.Context(), act, serial, in.Reason); err != nil || plan.ID != "" {
		s.answerPlan(w, r, http.StatusAccepted, plan, err)
		return
	}
	p, err := s.cfg.Store.Posting(r.Context(), serial)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewPosting(p))
}

func (s *booksPages) apiCloseCase(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Resolution string `json:"resolution"`
		Went       string `json:"went"`
	}
	if !s.body(w, r, &in) {
		return
	}
	c, plan, err := s.closeCase(r.Context(), r.PathValue("id"), in.Resolution, in.Went)
	if err != nil || plan.ID != "" {
		s.answerPlan(w, r, http.StatusAccepted, plan, err)
		return
	}
	writeJSON(w, http.StatusOK, c)
}
