package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"wattkiosk/uplink/office/people"
)

const (
	auditPagePath = "/audit"
	auditRows     = 100
)

type auditRow struct {
	people.Audit
	When    string
	Altered bool // it is not as it was written
}

type auditData struct {
	User, Object string
	Rows         []auditRow
	Older        int64 // number before which the next page is; 0: there is none
}

// auditFilter reads ?user= &object= &before= &limit=.
func auditFilter(r *http.Request) (people.AuditFilter, error) {
	all, err := filter(r)
	if err != nil {
		return people.AuditFilter{}, err
	}
	q := r.URL.Query()
	f := people.AuditFilter{User: q.Get("user"), Object: q.Get("object"), Limit: all.Limit}
	if len(f.User) > maxObject || len(f.Object) > maxObject {
		return f, fmt.Errorf("user or object %w: too long", errInput)
	}
	if v := q.Get("before"); v != "" {
		if f.Before, err = strconv.ParseInt(v, 10, 64); err != nil || f.Before < 1 {
			return f, fmt.Errorf("before %w: want the number of an act", errInput)
		}
	}

	return f, nil
}

// auditView is an act as programs get it: as it is exported, and whether it is not as it was
// written.
type auditView struct {
	people.AuditLine
	Altered bool `json:"altered"`
}

// apiAudit answers with acts of the audit log, the newest first.
func (s *peoplePages) apiAudit(w http.ResponseWriter, r *http.Request) {
	f, err := auditFilter(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	acts, err := s.cfg.Store.Acts(r.Context(), f)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]auditView, len(acts))
	for i, a := range acts {
		views[i] = auditView{a.Line(), !a.Written()}
	}
	writeJSON(w, http.StatusOK, map[string]any{"acts": views})
}

// auditPage shows the audit log, the newest first, by person and by what it is about.
func (s *peoplePages) auditPage(w http.ResponseWriter, r *http.Request) {
	f, err := auditFilter(r)
	if err != nil {
		s.errorPage(w, r, http.StatusBadRequest)
		return
	}
	f.Limit = auditRows
	acts, err := s.cfg.Store.Acts(r.Context(), f)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := auditData{User: f.User, Object: f.Object}
	for _, a := range acts {
		d.Rows = append(d.Rows, auditRow{a, stamp(a.At, s.cfg.Store.Zone()), !a.Written()})
	}
	if len(acts) == auditRows {
		d.Older = acts[len(acts)-1].Seq
	}
	s.show(w, r, http.StatusOK, "audit", page{Title: language(r).t("audit"), Nav: "audit"}, d)
}

// exportAudit hands out the whole log, one act a line, the oldest first, as officed audit
// export does. That it was handed out is the log's last act.
func (s *peoplePages) exportAudit(w http.ResponseWriter, r *http.Request) {
	if err := s.audit(r.Context(), person(r.Context()).Name, "export audit log", "", "from "+address(r)); err != nil {
		s.failPage(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="audit.jsonl"`)
	lines := json.NewEncoder(w)
	if err := s.cfg.Store.EachAudit(r.Context(), 0, func(a people.Audit) error { return lines.Encode(a.Line()) }); err != nil {
		s.cfg.Log.Warn("the audit log was not handed out to its end", "error", err)
	}
}
