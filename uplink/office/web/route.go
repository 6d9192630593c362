package web

import (
	"net/http"
	"slices"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/rollout"
)

// access is who may call a route.
type access int

const (
	open access = iota
	accountant
	operator
	admin
)

// rank is what a role may do; an unknown role may do nothing.
func rank(role string) access {
	switch role {
	case people.RoleAccountant, people.RoleCashier:
		return accountant
	case people.RoleOperator:
		return operator
	case people.RoleAdmin:
		return admin
	}
	return open
}

// audits is who reads the audit log, and who is let in to one's own account: it stands apart
// from the others, as who reads the log does nothing that is in it.
const (
	audits access = iota + 100
	anyone
)

// may reports whether a role may call what is for who.
func may(role string, who access) bool {
	switch {
	case who == open:
		return true
	case who == audits:
		return role == people.RoleAuditor
	case who == anyone:
		return people.IsRole(role)
	}

	return rank(role) >= who
}

// route is one method and path. Of pages, a refusal is shown as a page.
type route struct {
	method, path string
	who          access
	page         bool
	serve        http.HandlerFunc
}

const api = "/api/v1"

// routes is everything that is served, except the static files.
func (s *Server) routes() []route {
	return slices.Concat(s.ownRoutes(), s.overview.routes(), s.books.routes(), s.qr.routes(), s.cards.routes(), s.plans.routes(), s.where.routes(), s.payouts.routes(), s.forgeries.routes(), s.sales.routes(), s.dates.routes(), s.dates.cashRuleRoutes(), s.dates.escalationRoutes(), s.cash.routes(), s.exports.routes(), s.bring.routes(), s.fleet.routes(), s.rollouts.routes(), s.people.routes())
}

func (s *Server) ownRoutes() []route {
	return []route{
		{"GET", api + "/events", accountant, false, s.events},
		{"GET", api + "/openapi.json", accountant, false, s.openAPI},

		{"GET", "/healthz", open, false, s.healthz},
		{"GET", "/metrics", open, false, s.serveMetrics},
		{"POST", "/language", open, true, s.languageForm},
	}
}

func (s *overviewPages) routes() []route {
	return []route{
		{"GET", api + "/stats", accountant, false, s.apiStats},

		{"GET", "/{$}", accountant, true, s.overviewPage},
	}
}

func (s *booksPages) routes() []route {
	return []route{
		{"GET", api + "/transactions", accountant, false, s.apiTransactions},
		{"GET", api + "/transactions/{serial}", accountant, false, s.apiTransaction},
		{"GET", api + "/postings", accountant, false, s.apiPostings},
		{"POST", api + "/postings/{serial}/retry", operator, false, s.apiRetry},
		{"POST", api + "/postings/{serial}/reverse", operator, false, s.apiReverse},
		{"GET", api + "/cases", accountant, false, s.apiCases},
		{"GET", api + "/cases/{id}", accountant, false, s.apiCase},
		{"POST", api + "/cases/{id}/assign", accountant, false, s.apiAssign},
		{"POST", api + "/cases/{id}/comment", accountant, false, s.apiComment},
		{"POST", api + "/cases/{id}/close", accountant, false, s.apiCloseCase},

		{"GET", "/transactions", accountant, true, s.transactionsPage},
		{"GET", "/transactions/{serial}", accountant, true, s.transactionPage},
		{"GET", "/postings", accountant, true, s.postingsPage},
		{"POST", "/postings/{serial}/{act}", operator, true, s.postingForm},
		{"GET", "/cases", accountant, true, s.casesPage},
		{"GET", "/cases/{id}", accountant, true, s.casePage},
		{"POST", "/cases/{id}/assign", accountant, true, s.assignForm},
		{"POST", "/cases/{id}/comment", accountant, true, s.commentForm},
		{"POST", "/cases/{id}/close", accountant, true, s.closeForm},
	}
}

func (s *rolloutPages) routes() []route {
	return []route{
		{"GET", api + "/bundles", accountant, false, s.apiBundles},
		{"POST", api + "/bundles", operator, false, s.apiUpload},
		{"GET", api + "/groups", accountant, false, s.apiGroups},
		{"PUT", api + "/groups/{name}", operator, false, s.apiSetGroup},
		{"GET", api + "/rollouts", accountant, false, s.apiRollouts},
		{"POST", api + "/rollouts", operator, false, s.apiCreateRollout},
		{"GET", api + "/rollouts/{id}", accountant, false, s.apiRollout},
		{"POST", api + "/rollouts/{id}/start", operator, false, s.apiRolloutAct(rollout.Start)},
		{"POST", api + "/rollouts/{id}/pause", operator, false, s.apiRolloutAct(rollout.Pause)},
		{"POST", api + "/rollouts/{id}/stop", operator, false, s.apiRolloutAct(rollout.Stop)},
		{"POST", api + "/rollouts/{id}/roll-back", operator, false, s.apiRolloutAct(rollout.RollBack)},

		{"GET", "/rollouts", accountant, true, s.rolloutsPage},
		{"POST", "/rollouts", operator, true, s.createForm},
		{"GET", "/rollouts/new", operator, true, s.newRolloutPage},
		{"GET", "/rollouts/{id}", accountant, true, s.rolloutPage},
		{"POST", "/rollouts/{id}/{act}", operator, true, s.rolloutForm},
		{"POST", "/bundles", operator, true, s.uploadForm},
		{"POST", "/groups", operator, true, s.groupForm},
	}
}

func (s *peoplePages) routes() []route {
	return []route{
		{"POST", api + "/login", open, false, s.apiLogin},
		{"POST", api + "/logout", anyone, false, s.apiLogout},
		{"GET", api + "/me", anyone, false, s.apiMe},
		{"GET", api + "/technicians", operator, false, s.apiTechnicians},
		{"POST", api + "/technicians/{number}/code", operator, false, s.apiCode},

		{"GET", "/login", open, true, s.loginPage},
		{"POST", "/login", open, true, s.loginForm},
		{"POST", "/logout", anyone, true, s.logoutForm},
		{"GET", "/login/code", open, true, s.codePage},
		{"POST", "/login/code", open, true, s.codeLogin},
		{"GET", "/account", anyone, true, s.accountPage},
		{"POST", "/account/end", anyone, true, s.endForm},
		{"POST", "/account/password", anyone, true, s.passwordForm},
		{"GET", factorPagePath, anyone, true, s.factorPage},
		{"POST", factorPagePath, anyone, true, s.factorForm},
		{"GET", auditPagePath, audits, true, s.auditPage},
		{"GET", auditPagePath + "/export", audits, true, s.exportAudit},
		{"GET", "/technicians", operator, true, s.techniciansPage},
		{"POST", "/technicians/code", operator, true, s.codeForm},
	}
}

func (s *Server) build() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.method+" "+r.path, s.metrics.observe(r.path, s.guard(r)))
	}
	mux.Handle("GET /static/", s.static())
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/static/mark.svg", http.StatusMovedPermanently)
	})
	return harden(s.cfg.SecureCookies, s.sameOrigin(visited(s.sessions.LoadAndSave(s.named(mux)))))
}
