package web

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/store"
)

// TestAccess holds what the routes do against the table of who does what: for no login and for
// each role. A route says in its row here what whoever calls it does.
func TestAccess(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	matrix := map[string]people.Act{
		"POST /kiosks/{id}/suspend":                 "suspend-kiosk",
		"POST /kiosks/{id}/resume":                  "resume-kiosk",
		"POST /kiosks/{id}/replace":                 "replace-kiosk",
		"POST /kiosks/{id}/retire":                  "retire-kiosk",
		"POST /kiosks/{id}/choose-branch":           "choose-branch",
		"GET /bounds":                               "read",
		"POST /bounds":                              "set-bounds",
		"POST /cases/{id}/release-order":            "release-order",
		"POST /cases/{id}/refuse-order":             "refuse-order",
		"POST /factor/reset":                        "own-account",
		"GET /people":                               "see-people",
		"POST /people/{name}/reset-factor":          "reset-factor",
		"GET /api/v1/events":                        "read",
		"GET /api/v1/openapi.json":                  "read",
		"GET /healthz":                              open,
		"GET /metrics":                              open,
		"POST /language":                            open,
		"GET /api/v1/stats":                         "read",
		"GET /{$}":                                  "read",
		"GET /api/v1/transactions":                  "read",
		"GET /api/v1/transactions/{serial}":         "read",
		"GET /api/v1/postings":                      "read",
		"POST /api/v1/postings/{serial}/retry":      "hasten",
		"POST /api/v1/postings/{serial}/reverse":    "reverse",
		"GET /api/v1/cases":                         "read",
		"GET /api/v1/cases/{id}":                    "read",
		"POST /api/v1/cases/{id}/assign":            "work-case",
		"POST /api/v1/cases/{id}/comment":           "work-case",
		"POST /api/v1/cases/{id}/close":             "work-case",
		"GET /transactions":                         "read",
		"GET /transactions/{serial}":                "read",
		"GET /postings":                             "read",
		"POST /postings/{serial}/{act}":             "hasten",
		"GET /cases":                                "read",
		"GET /cases/{id}":                           "read",
		"POST /cases/{id}/assign":                   "work-case",
		"POST /cases/{id}/comment":                  "work-case",
		"POST /cases/{id}/close":                    "work-case",
		"GET /api/v1/qr-orders":                     "read",
		"GET /api/v1/qr-orders/{serial}":            "read",
		"POST /api/v1/qr-orders/{serial}/refund":    "refund-qr",
		"GET /qr-orders":                            "read",
		"GET /qr-orders/{serial}":                   "read",
		"POST /qr-orders/{serial}/refund":           "refund-qr",
		"GET /api/v1/bank-cards":                    "read",
		"GET /api/v1/bank-cards/{id}":               "read",
		"POST /api/v1/bank-cards/vouch":             "vouch",
		"POST /api/v1/bank-cards/{id}/refund":       "refund-card",
		"POST /api/v1/bank-cards/{id}/void":         "void-card",
		"POST /bank-cards/{id}/void":                "void-card",
		"POST /api/v1/bank-cards/{id}/answer":       "bank-answer",
		"GET /api/v1/terminals":                     "read",
		"POST /api/v1/terminals/{kiosk}/settle":     "settle-batch",
		"GET /bank-cards":                           "read",
		"GET /bank-cards/{id}":                      "read",
		"POST /bank-cards/vouch":                    "vouch",
		"POST /bank-cards/{id}/refund":              "refund-card",
		"POST /bank-cards/{id}/answer":              "bank-answer",
		"GET /terminals":                            "read",
		"POST /terminals/{kiosk}/settle":            "settle-batch",
		"GET /api/v1/plans":                         "decide-plan",
		"POST /api/v1/plans":                        "decide-plan",
		"GET /api/v1/plans/{id}":                    "decide-plan",
		"POST /api/v1/plans/{id}/approve":           "decide-plan",
		"POST /api/v1/plans/{id}/refuse":            "decide-plan",
		"GET /plans":                                "decide-plan",
		"GET /plans/{id}":                           "decide-plan",
		"POST /plans/{id}/{act}":                    "decide-plan",
		"GET /api/v1/where":                         "read",
		"GET /where":                                "read",
		"GET /api/v1/payouts/{id}":                  "read",
		"POST /api/v1/cases/{id}/pay-out":           "pay-out",
		"GET /payouts/{id}":                         "read",
		"POST /cases/{id}/pay-out":                  "pay-out",
		"GET /api/v1/counterfeits":                  "read",
		"POST /api/v1/counterfeits":                 "counterfeit",
		"GET /api/v1/counterfeit-figures":           "read",
		"GET /api/v1/counterfeits/{id}":             "read",
		"GET /api/v1/counterfeits/{id}/pack":        "read",
		"POST /api/v1/counterfeits/{id}/tell":       "counterfeit",
		"POST /api/v1/counterfeits/{id}/visit":      "counterfeit",
		"POST /api/v1/counterfeits/{id}/decide":     "bear-loss",
		"POST /api/v1/counterfeits/{id}/claim":      "counterfeit",
		"POST /api/v1/counterfeits/{id}/paid":       "enter-bank",
		"POST /api/v1/counterfeits/{id}/refused":    "counterfeit",
		"POST /api/v1/counterfeits/{id}/drop":       "drop-claim",
		"POST /api/v1/counterfeits/{id}/take-back":  "take-back",
		"POST /api/v1/counterfeits/{id}/photos":     "counterfeit",
		"GET /api/v1/exhibits/{hash}":               "read",
		"GET /counterfeits":                         "read",
		"POST /counterfeits":                        "counterfeit",
		"GET /counterfeits/{id}":                    "read",
		"POST /counterfeits/{id}/{act}":             "counterfeit",
		"GET /api/v1/purchases":                     "read",
		"GET /api/v1/purchases/{serial}":            "read",
		"POST /api/v1/purchases/{serial}/settle":    "settle-sale",
		"POST /api/v1/purchases/{serial}/cancel":    "settle-sale",
		"GET /purchases":                            "read",
		"GET /purchases/{serial}":                   "read",
		"POST /purchases/{serial}/{act}":            "settle-sale",
		"GET /api/v1/dates":                         "read",
		"GET /api/v1/dates/{date}":                  "read",
		"POST /api/v1/dates/{date}/sign":            "sign-date",
		"POST /api/v1/dates/{date}/books/{book}":    "bring-book",
		"POST /dates/{date}/books":                  "bring-book",
		"POST /api/v1/statements":                   "bring-statement",
		"POST /statements":                          "bring-statement",
		"POST /api/v1/dates/{date}/run":             "run-date",
		"GET /dates":                                "read",
		"GET /dates/{date}":                         "read",
		"POST /dates/{date}/sign":                   "sign-date",
		"POST /dates/{date}/run":                    "run-date",
		"POST /dates/{date}/reopen":                 "reopen-date",
		"GET /api/v1/cash-rules":                    "read",
		"POST /api/v1/cash-rules":                   "set-cash-rule",
		"POST /api/v1/cash-rules/drop":              "set-cash-rule",
		"POST /api/v1/cash-rules/lift":              "lift-cash-rule",
		"GET /cash-rules":                           "read",
		"POST /cash-rules":                          "set-cash-rule",
		"POST /cash-rules/drop":                     "set-cash-rule",
		"POST /cash-rules/lift":                     "lift-cash-rule",
		"GET /api/v1/escalations":                   "read",
		"POST /api/v1/escalations":                  "set-escalation",
		"POST /api/v1/escalations/drop":             "set-escalation",
		"POST /escalations":                         "set-escalation",
		"POST /escalations/drop":                    "set-escalation",
		"GET /api/v1/cash":                          "read",
		"GET /api/v1/cash/{kiosk}":                  "read",
		"POST /api/v1/cash/{kiosk}/capacity":        "set-cassette",
		"GET /api/v1/collections":                   "read",
		"GET /api/v1/collections/{serial}":          "read",
		"POST /api/v1/collections/{serial}/receive": "receive-cash",
		"GET /api/v1/remittances":                   "read",
		"POST /api/v1/remittances":                  "remit-cash",
		"GET /api/v1/remittances/{id}":              "read",
		"POST /api/v1/remittances/{id}/deposit":     "enter-bank",
		"POST /api/v1/remittances/{id}/bank-line":   "enter-bank",
		"GET /cash":                                 "read",
		"GET /cash/{kiosk}":                         "read",
		"POST /cash/{kiosk}/capacity":               "set-cassette",
		"GET /collections":                          "read",
		"GET /collections/{serial}":                 "read",
		"POST /collections/{serial}/receive":        "receive-cash",
		"GET /remittances":                          "read",
		"POST /remittances":                         "remit-cash",
		"GET /remittances/{id}":                     "read",
		"POST /remittances/{id}/{act}":              "enter-bank",
		"GET /api/v1/dates/{date}/export":           "read",
		"GET /api/v1/kiosks":                        "read",
		"GET /api/v1/kiosks/{id}":                   "read",
		"PUT /api/v1/kiosks/{id}/place":             "set-place",
		"GET /api/v1/kiosks/{id}/identity":          "read",
		"POST /api/v1/kiosks/{id}/suspend":          "suspend-kiosk",
		"POST /api/v1/kiosks/{id}/resume":           "resume-kiosk",
		"POST /api/v1/kiosks/{id}/replace":          "replace-kiosk",
		"POST /api/v1/kiosks/{id}/retire":           "retire-kiosk",
		"GET /api/v1/alarms":                        "read",
		"GET /api/v1/forks":                         "read",
		"GET /api/v1/bounds":                        "read",
		"POST /api/v1/enrol":                        open,
		"POST /api/v1/enrolments":                   open,
		"GET /kiosks":                               "read",
		"GET /kiosks/{id}":                          "read",
		"POST /kiosks/{id}/place":                   "set-place",
		"GET /api/v1/bundles":                       "read",
		"POST /api/v1/bundles":                      "roll-out",
		"GET /api/v1/groups":                        "read",
		"PUT /api/v1/groups/{name}":                 "roll-out",
		"GET /api/v1/rollouts":                      "read",
		"POST /api/v1/rollouts":                     "roll-out",
		"GET /api/v1/rollouts/{id}":                 "read",
		"POST /api/v1/rollouts/{id}/start":          "roll-out",
		"POST /api/v1/rollouts/{id}/pause":          "roll-out",
		"POST /api/v1/rollouts/{id}/stop":           "roll-out",
		"POST /api/v1/rollouts/{id}/roll-back":      "roll-out",
		"GET /rollouts":                             "read",
		"POST /rollouts":                            "roll-out",
		"GET /rollouts/new":                         "roll-out",
		"GET /rollouts/{id}":                        "read",
		"POST /rollouts/{id}/{act}":                 "roll-out",
		"POST /bundles":                             "roll-out",
		"POST /groups":                              "roll-out",
		"POST /api/v1/login":                        open,
		"POST /api/v1/logout":                       "own-account",
		"GET /api/v1/me":                            "own-account",
		"GET /api/v1/technicians":                   "give-code",
		"POST /api/v1/technicians/{number}/code":    "give-code",
		"GET /login":                                open,
		"POST /login":                               open,
		"POST /logout":                              "own-account",
		"GET /login/code":                           open,
		"POST /login/code":                          open,
		"GET /account":                              "own-account",
		"POST /account/end":                         "own-account",
		"POST /account/password":                    "own-account",
		"GET /factor":                               "own-account",
		"POST /factor":                              "own-account",
		"GET /api/v1/audit":                         "read-audit",
		"GET /api/v1/users":                         "see-people",
		"GET /audit":                                "read-audit",
		"GET /audit/export":                         "read-audit",
		"GET /technicians":                          "give-code",
		"POST /technicians/code":                    "give-code",
	}
	clients := map[string]*http.Client{"": d.as("")}
	hash, err := passwd.Hash(password)
	w.check(err)
	for _, role := range people.Roles() {
		w.check(w.store.AddUser(t.Context(), people.User{Name: "one-" + role, Hash: hash, Role: role}, "test", noon))
		clients[role] = d.as("one-" + role)
	}
	replace := strings.NewReplacer("{id}", "10000001", "{serial}", serials["posted"], "{act}", "retry", "{$}", "", "{date}", "2026-11-23", "{book}", "mis")
	for _, rt := range d.srv.routes() {
		key := rt.method + " " + rt.path
		act, ok := matrix[key]
		if !ok || act != rt.act {
			t.Errorf("%s is %q here, and %q as a route", key, act, rt.act)
			continue
		}
		delete(matrix, key)
		if key == "GET /api/v1/events" || strings.HasSuffix(key, "/logout") { // TestTick, TestLoginAndLogout
			continue
		}
		for role, c := range clients {
			d.calls(t, c, rt, replace.Replace(rt.path), role)
		}
	}
	for key := range matrix {
		t.Errorf("%s is no route", key)
	}
	if plans, err := w.store.Plans.Plans(t.Context(), approval.Filter{}, noon); err != nil || len(plans) != 0 || d.kicks != 0 {
		t.Errorf("acts without a reason were taken: %v, %v", plans, err)
	}
}

// calls holds what a route says to somebody of a role, or to nobody, against the table.
func (d *desk) calls(t *testing.T, c *http.Client, rt route, path, role string) {
	t.Helper()
	var body any
	if rt.method == "POST" {
		body = object{}
	}
	status, text := d.call(c, rt.method, path, body)
	refused := status == 403 && (errCode(text) == codeForbidden || strings.Contains(text, "您的角色无权"))
	switch {
	case status == 500:
		t.Errorf("%s %s as %q: internal error", rt.method, rt.path, role)
	case rt.act == open:
		if refused || errCode(text) == codeLogin {
			t.Errorf("%s %s as %q: refused with %d %s", rt.method, rt.path, role, status, text)
		}
	case role == "":
		if want := map[bool]int{false: 401, true: 303}[rt.page]; status != want {
			t.Errorf("%s %s without a login: %d, want %d", rt.method, rt.path, status, want)
		}
	case rt.path == "/{$}" && role == people.RoleAuditor:
		if status != 303 {
			t.Errorf("the overview as an auditor: %d", status)
		}
	case people.May(role, rt.act) == refused:
		t.Errorf("%s %s as %s: %d %.300s", rt.method, rt.path, role, status, text)
	}
}

func TestDisabledInTheMiddle(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	c := d.as("wang")
	u, err := d.town.store.User(t.Context(), "wang")
	d.town.check(err)
	u.Disabled = true
	d.town.check(d.town.store.PutUser(t.Context(), u, "test", noon))
	if status, body := d.call(c, "GET", "/api/v1/me", nil); status != 401 || errCode(body) != "not-logged-in" {
		t.Errorf("disabled: %d %s", status, body)
	}
}

// get reads JSON of a path into v.
func (d *desk) get(c *http.Client, path string, v any) {
	d.t.Helper()
	status, body := d.call(c, "GET", path, nil)
	if status != 200 {
		d.t.Fatalf("%s: %d %s", path, status, body)
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		d.t.Fatalf("%s: %v", path, err)
	}
}

func TestReads(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("zhang")

	var st store.Stats
	d.get(c, "/api/v1/stats", &st)
	if st.Kiosks != 6 || st.Online != 5 || st.OpenCases != 3 || st.CaseAmount != 45000 || st.OpenPostings != 1 || st.OpenAmount != 30500 ||
		st.Today != 21 || st.TodayAmount != 313500 || st.BusinessDate != "20261123" {
		t.Errorf("stats %+v", st)
	}

	var kiosks struct{ Kiosks []kioskView }
	d.get(c, "/api/v1/kiosks", &kiosks)
	if len(kiosks.Kiosks) != 6 || kiosks.Kiosks[2].Alarms[0].Code != "paper" || kiosks.Kiosks[0].Report.Cash != 1286000 {
		t.Errorf("kiosks %+v", kiosks)
	}
	var k kioskView
	d.get(c, "/api/v1/kiosks/10000004", &k)
	if k.ID != "10000004" || k.Online || k.Head != 1 {
		t.Errorf("kiosk %+v", k)
	}

	var txns struct{ Transactions []books.Transaction }
	d.get(c, "/api/v1/transactions?account=1000000001&limit=3", &txns)
	if len(txns.Transactions) != 1 || txns.Transactions[0].Serial != serials["power-cut"] || txns.Transactions[0].Name != "张**" {
		t.Errorf("transactions %+v", txns)
	}

	var detail detailView
	d.get(c, "/api/v1/transactions/"+serials["owed"], &detail)
	if detail.State != "owed" || len(detail.Notes) != 2 || len(detail.Cases) != 1 || detail.Posting.Code != "1035" || len(detail.History) != 3 || detail.History[1].BeganAt == 0 || len(detail.Events) != 8 {
		t.Errorf("detail %+v", detail)
	}

	var posts struct{ Postings []postingView }
	d.get(c, "/api/v1/postings?open=true", &posts)
	if len(posts.Postings) != 1 || posts.Postings[0].State != "asking" || posts.Postings[0].Amount != 30500 {
		t.Errorf("postings %+v", posts)
	}
	var cases struct{ Cases []books.Case }
	d.get(c, "/api/v1/cases?open=1&kiosk=10000002", &cases)
	if len(cases.Cases) != 1 || cases.Cases[0].Class != "owed" {
		t.Errorf("cases %+v", cases)
	}
	var alarms struct{ Alarms []books.Alarm }
	d.get(c, "/api/v1/alarms", &alarms)
	if len(alarms.Alarms) != 1 || alarms.Alarms[0].Kiosk != "10000003" {
		t.Errorf("alarms %+v", alarms)
	}
	for path, want := range map[string]int{
		"/api/v1/kiosks/99999999": 404, "/api/v1/transactions/1": 404, "/api/v1/transactions?limit=0": 400, "/api/v1/transactions?limit=501": 400,
		"/api/v1/postings?open=perhaps": 400, "/api/v1/nothing": 404,
	} {
		if status, _ := d.call(c, "GET", path, nil); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

func TestActs(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	wang, li, owed := d.as("wang"), d.as("li"), serials["owed"]
	if status, body := d.call(wang, "POST", "/api/v1/postings/"+serials["posting"]+"/retry", object{"reason": " 顾客在等 "}); status != 200 || d.kicks != 1 {
		t.Fatalf("sooner: %d %s, woken %d times", status, body, d.kicks)
	}
	if status, body := d.call(wang, "POST", "/api/v1/postings/"+owed+"/reverse", object{"reason": "误缴"}); status != 409 || errCode(body) != "conflict" {
		t.Errorf("reverse: %d %s", status, body)
	}
	if status, _ := d.call(wang, "POST", "/api/v1/postings/10000001000000009999/retry", object{"reason": "no such"}); status != 404 {
		t.Errorf("retry of nothing: %d", status)
	}
	if status, _ := d.call(wang, "POST", "/api/v1/postings/"+owed+"/retry", object{"reason": " x "}); status != 400 {
		t.Errorf("retry without a reason: %d", status)
	}
	id := "owed-10000002-" + owed + "-6"
	for i, want := range []int{202, 409} {
		if status, body := d.call(wang, "POST", "/api/v1/cases/"+id+"/close", object{"resolution": "已退还顾客"}); status != want {
			t.Errorf("close %d: %d %s", i, status, body)
		}
	}
	d.approve(li)
	if status, body := d.call(wang, "POST", "/api/v1/cases/"+id+"/close", object{"resolution": "已退还顾客"}); status != 409 || errCode(body) != "conflict" {
		t.Errorf("closed twice: %d %s", status, body)
	}
	log, err := w.store.AuditLog(t.Context(), 7)
	w.check(err)
	var got []string
	for _, a := range log {
		_, why, _ := strings.Cut(a.Reason, ": ")
		got = append(got, a.User+": "+a.Action+" "+a.Object+": "+namedPlan.ReplaceAllString(why, "plan p-of-the-plan"))
	}
	want := []string{
		"li: approve close-case " + id + ": 核实过",
		"wang: propose close-case refused " + id + ": the same is proposed already, and waits for a second person: plan p-of-the-plan, proposed by wang at 2026-11-23T06:32:10Z",
		"wang: propose close-case " + id + ": 已退还顾客",
		"wang: propose reverse refused " + owed + ": the books do not allow it: not possible now: owed, not possible now: there is nothing to undo in state not-done",
		"wang: hasten posting " + serials["posting"] + ": ",
		"li: login li: ",
		"wang: login wang: ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("audit log\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestActsNotOffered(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, func(c *Config) { c.Kick, c.Enrol = nil, nil })
	if status, body := d.call(d.as("wang"), "POST", "/api/v1/postings/"+serials["owed"]+"/retry", object{"reason": "please"}); status != 501 || errCode(body) != "not-offered" {
		t.Errorf("retry: %d %s", status, body)
	}
	if status, _ := d.call(d.client(), "POST", "/api/v1/enrol", object{"token": "x", "csr_pem": "y"}); status != 501 {
		t.Errorf("enrol: %d", status)
	}
}

// TestOpenAPI holds the description against the routes, both ways.
func TestOpenAPI(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("asset", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Act people.Act `json:"x-act"`
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for path, ops := range doc.Paths {
		for method := range ops {
			left[strings.ToUpper(method)+" "+path] = true
		}
	}
	for _, rt := range openDesk(t, newTown(t), nil).srv.routes() {
		if !strings.HasPrefix(rt.path, "/api/") {
			continue
		}
		op, ok := doc.Paths[rt.path][strings.ToLower(rt.method)]
		if !ok || op.Act != rt.act {
			t.Errorf("%s %s: described %t, act %q, want %q", rt.method, rt.path, ok, op.Act, rt.act)
		}
		delete(left, rt.method+" "+rt.path)
	}
	for key := range left {
		t.Errorf("%s is described, but no route", key)
	}
}

// TestReversedPaymentIsNotPosted: what two people took back does not read as posted, in the
// list, alone, or on a page, while the kiosk's own records still say that it was.
func TestReversedPaymentIsNotPosted(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	wang, serial := d.as("wang"), serials["posted"]
	if status, body := d.call(wang, "POST", api+"/postings/"+serial+"/reverse", object{"reason": "顾客输错户号"}); status != 202 {
		t.Fatalf("reverse: %d %s", status, body)
	}
	d.approve(d.as("li"))
	standing := func() (status, journal, alone string) {
		var list struct {
			Transactions []struct {
				Serial  string
				Status  string
				Journal string `json:"journal_status"`
			}
		}
		var one struct {
			Transaction struct{ Status string }
			State       string
		}
		d.get(wang, api+"/transactions?limit=500", &list)
		d.get(wang, api+"/transactions/"+serial, &one)
		for _, row := range list.Transactions {
			if row.Serial == serial {
				status, journal = row.Status, row.Journal
			}
		}
		if one.Transaction.Status != one.State {
			t.Errorf("alone it is %s and %s", one.Transaction.Status, one.State)
		}

		return status, journal, one.State
	}
	if status, journal, alone := standing(); status == "posted" || journal != "posted" || alone != status {
		t.Errorf("while it is being reversed: %s, in the journal %s, alone %s", status, journal, alone)
	}

	row, err := w.store.Posting(t.Context(), serial)
	w.check(err)
	for _, e := range []posting.Event{{Kind: call.Due}, {Kind: call.Answered, Reply: mis.Reply{Op: mis.OpReverse, Reverse: mis.ReverseResult{Outcome: mis.Done, Code: "1001"}}}} {
		e.Now = noon
		c := books.Change{Posting: row, Event: "reverse answered", By: "office-1"}
		if row.InFlight {
			c.Began = row.NextAt.Add(-call.Lease)
		}
		c.Posting.Posting, _, err = posting.Step(row.Posting, e)
		w.check(err)
		row, err = w.store.SavePosting(t.Context(), c, noon)
		w.check(err)
	}
	if status, journal, alone := standing(); status != "owed" || journal != "posted" || alone != "owed" {
		t.Errorf("reversed: %s, in the journal %s, alone %s", status, journal, alone)
	}
}

// TestStatusOfWhatWentBack: the kiosk's word stands for a payment whose money went back by
// itself; head office's does where it knows something else.
func TestStatusOfWhatWentBack(t *testing.T) {
	for _, c := range []struct{ journal, now, want string }{
		{books.StatusUndone, stateRefunded, "undone"},
		{books.StatusUndone, books.StatusPosted, "posted"},
		{books.StatusUndone, books.StatusDisputed, "disputed"},
		{books.StatusOwed, stateRefunded, "refunded"},
		{books.StatusPosted, books.StatusOwed, "owed"},
	} {
		if v := viewTransaction(books.Transaction{Status: c.journal}, c.now); v.Status != c.want || v.Journal != c.journal {
			t.Errorf("%s at the kiosk, %s here: %s, and %s", c.journal, c.now, v.Status, v.Journal)
		}
	}
}
