package web

import (
	"net/http"
	"slices"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/rollout"
)

// open is the act of routes that everybody may call, logged in or not.
const open people.Act = ""

// actOf is the row of the table that a kind of plan has.
func actOf(k approval.Kind) people.Act { return people.Act(k) }

// may reports whether a person may do what a route is for.
func may(u people.User, a people.Act) bool { return a == open || people.May(u.Role, a) }

// route is one method and path, and what whoever calls it does by the table of people.
// Of pages, a refusal is shown as a page.
type route struct {
	method, path string
	act          people.Act
	page         bool
	serve        http.HandlerFunc
}

const api = "/api/v1"

// routes is everything that is served, except the static files.
func (s *Server) routes() []route {
	return slices.Concat(s.ownRoutes(), s.overview.routes(), s.books.routes(), s.qr.routes(), s.cards.routes(), s.plans.routes(), s.where.routes(), s.payouts.routes(), s.forgeries.routes(), s.sales.routes(), s.dates.routes(), s.dates.cashRuleRoutes(), s.dates.escalationRoutes(), s.cash.routes(), s.exports.routes(), s.bring.routes(), s.fleet.routes(), s.rollouts.routes(), s.people.routes(), s.roster.routes())
}

func (s *Server) ownRoutes() []route {
	return []route{
		{"GET", api + "/events", people.Read, false, s.events},
		{"GET", api + "/openapi.json", people.Read, false, s.openAPI},

		{"GET", "/healthz", open, false, s.healthz},
		{"GET", "/metrics", open, false, s.serveMetrics},
		{"POST", "/language", open, true, s.languageForm},
	}
}

func (s *overviewPages) routes() []route {
	return []route{
		{"GET", api + "/stats", people.Read, false, s.apiStats},

		{"GET", "/{$}", people.Read, true, s.overviewPage},
	}
}

func (s *booksPages) routes() []route {
	return []route{
		{"GET", api + "/transactions", people.Read, false, s.apiTransactions},
		{"GET", api + "/transactions/{serial}", people.Read, false, s.apiTransaction},
		{"GET", api + "/postings", people.Read, false, s.apiPostings},
		{"POST", api + "/postings/{serial}/retry", people.Hasten, false, s.apiRetry},
		{"POST", api + "/postings/{serial}/reverse", actOf(approval.Reverse), false, s.apiReverse},
		{"GET", api + "/cases", people.Read, false, s.apiCases},
		{"GET", api + "/cases/{id}", people.Read, false, s.apiCase},
		{"POST", api + "/cases/{id}/assign", people.WorkCase, false, s.apiAssign},
		{"POST", api + "/cases/{id}/comment", people.WorkCase, false, s.apiComment},
		{"POST", api + "/cases/{id}/close", people.WorkCase, false, s.apiCloseCase},

		{"GET", "/transactions", people.Read, true, s.transactionsPage},
		{"GET", "/transactions/{serial}", people.Read, true, s.transactionPage},
		{"GET", "/postings", people.Read, true, s.postingsPage},
		{"POST", "/postings/{serial}/{act}", people.Hasten, true, s.postingForm},
		{"GET", "/cases", people.Read, true, s.casesPage},
		{"GET", "/cases/{id}", people.Read, true, s.casePage},
		{"POST", "/cases/{id}/assign", people.WorkCase, true, s.assignForm},
		{"POST", "/cases/{id}/comment", people.WorkCase, true, s.commentForm},
		{"POST", "/cases/{id}/close", people.WorkCase, true, s.closeForm},
		{"POST", "/cases/{id}/release-order", actOf(approval.ReleaseOrder), true, s.heldForm(approval.ReleaseOrder)},
		{"POST", "/cases/{id}/refuse-order", actOf(approval.RefuseOrder), true, s.heldForm(approval.RefuseOrder)},
	}
}

func (s *rolloutPages) routes() []route {
	return []route{
		{"GET", api + "/bundles", people.Read, false, s.apiBundles},
		{"POST", api + "/bundles", people.Roll, false, s.apiUpload},
		{"GET", api + "/groups", people.Read, false, s.apiGroups},
		{"PUT", api + "/groups/{name}", people.Roll, false, s.apiSetGroup},
		{"GET", api + "/rollouts", people.Read, false, s.apiRollouts},
		{"POST", api + "/rollouts", people.Roll, false, s.apiCreateRollout},
		{"GET", api + "/rollouts/{id}", people.Read, false, s.apiRollout},
		{"POST", api + "/rollouts/{id}/start", people.Roll, false, s.apiRolloutAct(rollout.Start)},
		{"POST", api + "/rollouts/{id}/pause", people.Roll, false, s.apiRolloutAct(rollout.Pause)},
		{"POST", api + "/rollouts/{id}/stop", people.Roll, false, s.apiRolloutAct(rollout.Stop)},
		{"POST", api + "/rollouts/{id}/roll-back", people.Roll, false, s.apiRolloutAct(rollout.RollBack)},

		{"GET", "/rollouts", people.Read, true, s.rolloutsPage},
		{"POST", "/rollouts", people.Roll, true, s.createForm},
		{"GET", "/rollouts/new", people.Roll, true, s.newRolloutPage},
		{"GET", "/rollouts/{id}", people.Read, true, s.rolloutPage},
		{"POST", "/rollouts/{id}/{act}", people.Roll, true, s.rolloutForm},
		{"POST", "/bundles", people.Roll, true, s.uploadForm},
		{"POST", "/groups", people.Roll, true, s.groupForm},
	}
}

func (s *peoplePages) routes() []route {
	return []route{
		{"POST", api + "/login", open, false, s.apiLogin},
		{"POST", api + "/logout", people.OwnAccount, false, s.apiLogout},
		{"GET", api + "/me", people.OwnAccount, false, s.apiMe},
		{"GET", api + "/technicians", people.GiveCode, false, s.apiTechnicians},
		{"POST", api + "/technicians/{number}/code", people.GiveCode, false, s.apiCode},

		{"GET", "/login", open, true, s.loginPage},
		{"POST", "/login", open, true, s.loginForm},
		{"POST", "/logout", people.OwnAccount, true, s.logoutForm},
		{"GET", "/login/code", open, true, s.codePage},
		{"POST", "/login/code", open, true, s.codeLogin},
		{"GET", "/account", people.OwnAccount, true, s.accountPage},
		{"POST", "/account/end", people.OwnAccount, true, s.endForm},
		{"POST", "/account/password", people.OwnAccount, true, s.passwordForm},
		{"GET", factorPagePath, people.OwnAccount, true, s.factorPage},
		{"POST", factorPagePath, people.OwnAccount, true, s.factorForm},
		{"POST", factorPagePath + "/reset", people.OwnAccount, true, s.ownResetForm},
		{"GET", api + "/audit", people.ReadAudit, false, s.apiAudit},
		{"GET", auditPagePath, people.ReadAudit, true, s.auditPage},
		{"GET", auditPagePath + "/export", people.ReadAudit, true, s.exportAudit},
		{"GET", "/technicians", people.GiveCode, true, s.techniciansPage},
		{"POST", "/technicians/code", people.GiveCode, true, s.codeForm},
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
