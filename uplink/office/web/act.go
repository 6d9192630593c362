package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

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

// order hands an act on a posting on. It is in the audit log before it can have
// an effect; a refusal follows it there.
func (s *booksPages) order(ctx context.Context, act, serial, reason string) error {
	reason, err := checkReason("reason", reason)
	if err != nil {
		return err
	}
	if s.cfg.Postings == nil {
		return fmt.Errorf("%s: %w", act, errNotOffered)
	}
	do := s.cfg.Postings.Retry
	if act == actReverse {
		do = s.cfg.Postings.Reverse
	}
	if _, err := s.cfg.Store.Posting(ctx, serial); err != nil {
		return err
	}
	user := person(ctx).Name
	if err := s.audit(ctx, user, act+" posting", serial, reason); err != nil {
		return err
	}
	if err := do(ctx, serial, user, reason); err != nil {
		_, _, why := verdict(err)
		if err := s.audit(context.WithoutCancel(ctx), user, act+" posting refused", serial, why); err != nil {
			s.cfg.Log.Error("refusal not audited", "serial", serial, "error", err)
		}
		return fmt.Errorf("cannot %s posting %s: %w", act, serial, err)
	}
	return nil
}

// closeCase closes a case; the store audits that with it.
func (s *booksPages) closeCase(ctx context.Context, id, resolution string) (books.Case, error) {
	resolution, err := checkReason("resolution", resolution)
	if err != nil {
		return books.Case{}, err
	}
	return s.cfg.Store.CloseCase(ctx, id, person(ctx).Name, resolution, s.now())
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
	if err := s.order(r.Context(), act, serial, in.Reason); err != nil {
		s.fail(w, r, err)
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
	}
	if !s.body(w, r, &in) {
		return
	}
	c, err := s.closeCase(r.Context(), r.PathValue("id"), in.Resolution)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, c)
}
