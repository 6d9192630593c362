package web

import (
	"encoding/json"
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

// auditPage shows the audit log, the newest first, by person and by what it is about.
func (s *peoplePages) auditPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if q.Get("before") != "" && (err != nil || before < 1) {
		s.errorPage(w, r, http.StatusBadRequest)
		return
	}
	f := people.AuditFilter{User: q.Get("user"), Object: q.Get("object"), Before: before, Limit: auditRows}
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
