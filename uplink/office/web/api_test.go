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
	"wattkiosk/uplink/office/store"
)

// TestAccess is who may call what: each route for no login, an accountant and an
// operator. 0 stands for "let in", whatever the answer is.
func TestAccess(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	posted := serials["posted"]
	matrix := map[string][3]int{
		"POST /api/v1/login":                        {0, 0, 0},
		"GET /audit":                                {303, 403, 403}, // TestAuditor
		"GET /audit/export":                         {303, 403, 403},
		"GET /login/code":                           {0, 0, 0},
		"POST /login/code":                          {0, 0, 0},
		"GET /account":                              {303, 0, 0},
		"POST /account/end":                         {303, 0, 0},
		"POST /account/password":                    {303, 0, 0},
		"GET /factor":                               {303, 0, 0},
		"POST /factor":                              {303, 0, 0},
		"POST /api/v1/enrol":                        {0, 0, 0},
		"POST /api/v1/enrolments":                   {0, 0, 0},
		"GET /api/v1/me":                            {401, 0, 0},
		"GET /api/v1/stats":                         {401, 0, 0},
		"GET /api/v1/kiosks":                        {401, 0, 0},
		"GET /api/v1/kiosks/{id}":                   {401, 0, 0},
		"GET /api/v1/transactions":                  {401, 0, 0},
		"GET /api/v1/transactions/{serial}":         {401, 0, 0},
		"GET /api/v1/postings":                      {401, 0, 0},
		"POST /api/v1/postings/{serial}/retry":      {401, 403, 0},
		"POST /api/v1/postings/{serial}/reverse":    {401, 403, 0},
		"GET /api/v1/qr-orders":                     {401, 0, 0},
		"GET /api/v1/qr-orders/{serial}":            {401, 0, 0},
		"POST /api/v1/qr-orders/{serial}/refund":    {401, 403, 0},
		"GET /qr-orders":                            {303, 0, 0},
		"GET /qr-orders/{serial}":                   {303, 0, 0},
		"POST /qr-orders/{serial}/refund":           {303, 403, 0},
		"GET /api/v1/bank-cards":                    {401, 0, 0},
		"GET /api/v1/bank-cards/{id}":               {401, 0, 0},
		"POST /api/v1/bank-cards/vouch":             {401, 403, 0},
		"POST /bank-cards/vouch":                    {303, 403, 0},
		"POST /api/v1/bank-cards/{id}/refund":       {401, 403, 0},
		"POST /bank-cards/{id}/refund":              {303, 403, 0},
		"POST /api/v1/bank-cards/{id}/answer":       {401, 0, 0},
		"POST /bank-cards/{id}/answer":              {303, 0, 0},
		"GET /api/v1/terminals":                     {401, 0, 0},
		"POST /api/v1/terminals/{kiosk}/settle":     {401, 403, 0},
		"POST /terminals/{kiosk}/settle":            {303, 403, 0},
		"GET /api/v1/purchases":                     {401, 0, 0},
		"GET /api/v1/purchases/{serial}":            {401, 0, 0},
		"POST /api/v1/purchases/{serial}/settle":    {401, 403, 0},
		"POST /api/v1/purchases/{serial}/cancel":    {401, 403, 0},
		"GET /purchases":                            {303, 0, 0},
		"GET /purchases/{serial}":                   {303, 0, 0},
		"POST /purchases/{serial}/{act}":            {303, 403, 0},
		"GET /bank-cards":                           {303, 0, 0},
		"GET /bank-cards/{id}":                      {303, 0, 0},
		"GET /terminals":                            {303, 0, 0},
		"GET /api/v1/dates/{date}/export":           {401, 0, 0},
		"GET /api/v1/cases":                         {401, 0, 0},
		"GET /api/v1/cases/{id}":                    {401, 0, 0},
		"POST /api/v1/cases/{id}/assign":            {401, 0, 0},
		"POST /api/v1/cases/{id}/comment":           {401, 0, 0},
		"POST /api/v1/cases/{id}/close":             {401, 0, 0},
		"GET /api/v1/plans":                         {401, 0, 0},
		"POST /api/v1/plans":                        {401, 0, 0},
		"GET /api/v1/plans/{id}":                    {401, 0, 0},
		"POST /api/v1/plans/{id}/approve":           {401, 0, 0},
		"POST /api/v1/plans/{id}/refuse":            {401, 0, 0},
		"GET /plans":                                {303, 0, 0},
		"GET /plans/{id}":                           {303, 0, 0},
		"POST /plans/{id}/{act}":                    {303, 0, 0},
		"GET /api/v1/alarms":                        {401, 0, 0},
		"GET /api/v1/events":                        {401, -1, -1}, // TestTick
		"GET /api/v1/openapi.json":                  {401, 0, 0},
		"GET /api/v1/bundles":                       {401, 0, 0},
		"POST /api/v1/bundles":                      {401, 403, 0},
		"GET /api/v1/groups":                        {401, 0, 0},
		"PUT /api/v1/groups/{name}":                 {401, 403, 0},
		"GET /api/v1/rollouts":                      {401, 0, 0},
		"POST /api/v1/rollouts":                     {401, 403, 0},
		"GET /api/v1/rollouts/{id}":                 {401, 0, 0},
		"POST /api/v1/rollouts/{id}/start":          {401, 403, 0},
		"POST /api/v1/rollouts/{id}/pause":          {401, 403, 0},
		"POST /api/v1/rollouts/{id}/stop":           {401, 403, 0},
		"POST /api/v1/rollouts/{id}/roll-back":      {401, 403, 0},
		"GET /rollouts":                             {303, 0, 0},
		"POST /rollouts":                            {303, 403, 0},
		"GET /rollouts/new":                         {303, 403, 0},
		"GET /rollouts/{id}":                        {303, 0, 0},
		"POST /rollouts/{id}/{act}":                 {303, 403, 0},
		"POST /bundles":                             {303, 403, 0},
		"POST /groups":                              {303, 403, 0},
		"GET /api/v1/technicians":                   {401, 403, 0},
		"POST /api/v1/technicians/{number}/code":    {401, 403, 0},
		"GET /technicians":                          {303, 403, 0},
		"POST /technicians/code":                    {303, 403, 0},
		"GET /api/v1/dates":                         {401, 0, 0},
		"GET /api/v1/dates/{date}":                  {401, 0, 0},
		"POST /api/v1/dates/{date}/sign":            {401, 0, 403}, // an accountant signs
		"POST /api/v1/dates/{date}/run":             {401, 0, 0},
		"GET /dates":                                {303, 0, 0},
		"GET /dates/{date}":                         {303, 0, 0},
		"POST /dates/{date}/sign":                   {303, 0, 403},
		"POST /dates/{date}/run":                    {303, 0, 0},
		"POST /dates/{date}/reopen":                 {303, 0, 0},
		"GET /api/v1/cash-rules":                    {401, 0, 0},
		"GET /api/v1/bounds":                        {401, 0, 0},
		"GET /api/v1/forks":                         {401, 0, 0},
		"POST /api/v1/cash-rules":                   {401, 0, 403},
		"POST /api/v1/cash-rules/drop":              {401, 0, 403},
		"POST /api/v1/cash-rules/lift":              {401, 0, 0},
		"GET /api/v1/escalations":                   {401, 0, 0},
		"POST /api/v1/escalations":                  {401, 0, 403},
		"POST /api/v1/escalations/drop":             {401, 0, 403},
		"GET /cash-rules":                           {303, 0, 0},
		"POST /cash-rules":                          {303, 0, 403},
		"POST /cash-rules/drop":                     {303, 0, 403},
		"POST /cash-rules/lift":                     {303, 0, 0},
		"POST /escalations":                         {303, 0, 403},
		"POST /escalations/drop":                    {303, 0, 403},
		"GET /api/v1/cash":                          {401, 0, 0},
		"GET /api/v1/cash/{kiosk}":                  {401, 0, 0},
		"POST /api/v1/cash/{kiosk}/capacity":        {401, 403, 0},
		"GET /api/v1/collections":                   {401, 0, 0},
		"GET /api/v1/collections/{serial}":          {401, 0, 0},
		"POST /api/v1/collections/{serial}/receive": {401, 0, 0},
		"POST /api/v1/dates/{date}/books/{book}":    {401, 0, 0}, // by an accountant: TestABookIsBrought
		"POST /dates/{date}/books":                  {303, 0, 0},
		"POST /api/v1/statements":                   {401, 0, 0},
		"POST /statements":                          {303, 0, 0},
		"GET /api/v1/remittances":                   {401, 0, 0},
		"POST /api/v1/remittances":                  {401, 0, 0},
		"GET /api/v1/remittances/{id}":              {401, 0, 0},
		"POST /api/v1/remittances/{id}/deposit":     {401, 0, 403},
		"POST /api/v1/remittances/{id}/bank-line":   {401, 0, 403},
		"GET /cash":                                 {303, 0, 0},
		"GET /cash/{kiosk}":                         {303, 0, 0},
		"POST /cash/{kiosk}/capacity":               {303, 403, 0},
		"GET /collections":                          {303, 0, 0},
		"GET /collections/{serial}":                 {303, 0, 0},
		"POST /collections/{serial}/receive":        {303, 0, 0},
		"GET /remittances":                          {303, 0, 0},
		"POST /remittances":                         {303, 0, 0},
		"GET /remittances/{id}":                     {303, 0, 0},
		"POST /remittances/{id}/{act}":              {303, 0, 0},
		"GET /api/v1/where":                         {401, 0, 0},
		"GET /where":                                {303, 0, 0},
		"GET /api/v1/payouts/{id}":                  {401, 0, 0},
		"POST /api/v1/cases/{id}/pay-out":           {401, 0, 0},
		"GET /payouts/{id}":                         {303, 0, 0},
		"POST /cases/{id}/pay-out":                  {303, 0, 0},
		"GET /api/v1/counterfeits":                  {401, 0, 0},
		"POST /api/v1/counterfeits":                 {401, 0, 0},
		"GET /api/v1/counterfeit-figures":           {401, 0, 0},
		"GET /api/v1/counterfeits/{id}":             {401, 0, 0},
		"GET /api/v1/counterfeits/{id}/pack":        {401, 0, 0},
		"POST /api/v1/counterfeits/{id}/tell":       {401, 0, 0},
		"POST /api/v1/counterfeits/{id}/visit":      {401, 0, 0},
		"POST /api/v1/counterfeits/{id}/decide":     {401, 0, 0},
		"POST /api/v1/counterfeits/{id}/photos":     {401, 0, 0},
		"GET /api/v1/exhibits/{hash}":               {401, 0, 0},
		"GET /counterfeits":                         {303, 0, 0},
		"POST /counterfeits":                        {303, 0, 0},
		"GET /counterfeits/{id}":                    {303, 0, 0},
		"POST /counterfeits/{id}/{act}":             {303, 0, 0},
		"PUT /api/v1/kiosks/{id}/place":             {401, 403, 0},
		"GET /api/v1/kiosks/{id}/identity":          {401, 0, 0},
		"POST /api/v1/kiosks/{id}/suspend":          {401, 403, 0},
		"POST /api/v1/kiosks/{id}/resume":           {401, 403, 0},
		"POST /api/v1/kiosks/{id}/replace":          {401, 403, 0},
		"POST /api/v1/kiosks/{id}/retire":           {401, 403, 0},
		"GET /kiosks":                               {303, 0, 0},
		"GET /kiosks/{id}":                          {303, 0, 0},
		"POST /kiosks/{id}/place":                   {303, 403, 0},
		"GET /healthz":                              {0, 0, 0},
		"GET /metrics":                              {0, 0, 0},
		"GET /login":                                {0, 0, 0},
		"POST /login":                               {0, 0, 0},
		"POST /language":                            {0, 0, 0},
		"GET /{$}":                                  {303, 0, 0},
		"GET /transactions":                         {303, 0, 0},
		"GET /transactions/{serial}":                {303, 0, 0},
		"GET /postings":                             {303, 0, 0},
		"POST /postings/{serial}/{act}":             {303, 403, 0},
		"GET /cases":                                {303, 0, 0},
		"GET /cases/{id}":                           {303, 0, 0},
		"POST /cases/{id}/assign":                   {303, 0, 0},
		"POST /cases/{id}/comment":                  {303, 0, 0},
		"POST /cases/{id}/close":                    {303, 0, 0},
		"POST /api/v1/logout":                       {401, -1, -1}, // TestLoginAndLogout
		"POST /logout":                              {303, -1, -1},
	}
	clients := []*http.Client{d.as(""), d.as("zhang"), d.as("wang")}
	for _, rt := range d.srv.routes() {
		key := rt.method + " " + rt.path
		want, ok := matrix[key]
		if !ok {
			t.Errorf("%s is not in the matrix", key)
			continue
		}
		path := strings.NewReplacer("{id}", "10000001", "{serial}", posted, "{act}", "retry", "{$}", "", "{date}", "2026-11-23").Replace(rt.path)
		for i, c := range clients {
			if want[i] < 0 {
				continue
			}
			var body any
			if rt.method == "POST" {
				body = object{}
			}
			status, text := d.call(c, rt.method, path, body)
			switch {
			case want[i] > 0 && status != want[i]:
				t.Errorf("%s as %d: %d, want %d", key, i, status, want[i])
			case want[i] == 0 && (errCode(text) == codeLogin || errCode(text) == codeForbidden || strings.Contains(text, "无权")):
				t.Errorf("%s as %d: refused with %d %s", key, i, status, text)
			case status == 500:
				t.Errorf("%s as %d: internal error", key, i)
			}
		}
		delete(matrix, key)
	}
	for key := range matrix {
		t.Errorf("%s is no route", key)
	}
	if plans, err := w.store.Plans.Plans(t.Context(), approval.Filter{}, noon); err != nil || len(plans) != 0 || d.kicks != 0 {
		t.Errorf("acts without a reason were taken: %v, %v", plans, err)
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
		got = append(got, a.User+": "+a.Action+" "+a.Object+": "+why)
	}
	want := []string{
		"li: approve close-case " + id + ": 核实过",
		"wang: propose close-case refused " + id + ": the same is proposed already, and waits for a second person",
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
			Role string `json:"x-role"`
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	roles := map[string]access{"none": open, "anyone": anyone, "accountant": accountant, "operator": operator, "admin": admin}
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
		if !ok || roles[op.Role] != rt.who {
			t.Errorf("%s %s: described %t, role %q", rt.method, rt.path, ok, op.Role)
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
