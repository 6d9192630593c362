package web

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/office/depot/depottest"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/wire"
)

// contract is asset/openapi.json, as far as answers can be held against it.
type contract struct {
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]schema
		Responses map[string]response
	}
}

type operation struct {
	Responses map[string]response
}

type response struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Schema schema }
}

type schema map[string]any

func readContract(t *testing.T) contract {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("asset", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c contract
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// check is what of an answer is not as described, or "".
func (c contract) check(method, path string, status int, body string) string {
	r, listed := c.Paths[path][strings.ToLower(method)].Responses[strconv.Itoa(status)]
	if !listed {
		return fmt.Sprintf("status %d is not listed", status)
	}
	if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
		r = c.Components.Responses[name]
	}
	content, isJSON := r.Content["application/json"]
	if !isJSON {
		return ""
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return "no JSON: " + err.Error()
	}
	return c.wrong("answer", content.Schema, v)
}

// wrong is what of v does not fit s, or "". Fields that an object with properties
// does not declare are wrong.
func (c contract) wrong(at string, s schema, v any) string {
	s = c.resolve(s)
	if oneOf, ok := s["oneOf"].([]any); ok {
		fits := 0
		for _, o := range oneOf {
			if c.wrong(at, o.(map[string]any), v) == "" {
				fits++
			}
		}
		if fits != 1 {
			return fmt.Sprintf("%s fits %d of its kinds", at, fits)
		}
		return ""
	}
	if values, ok := s["enum"].([]any); ok && !slices.Contains(values, v) {
		return fmt.Sprintf("%s is %v, which is not in its list", at, v)
	}
	if !ofType(s["type"], v) {
		return fmt.Sprintf("%s is %T, want %v", at, v, s["type"])
	}

	switch v := v.(type) {
	case []any:
		items, _ := s["items"].(map[string]any)
		for i, x := range v {
			if w := c.wrong(fmt.Sprintf("%s[%d]", at, i), items, x); w != "" {
				return w
			}
		}
	case map[string]any:
		return c.wrongFields(at, s, v)
	}
	return ""
}

func (c contract) wrongFields(at string, s schema, v map[string]any) string {
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, have := v[name.(string)]; !have {
			return fmt.Sprintf("%s has no %s", at, name)
		}
	}

	declared, some := s["properties"].(map[string]any)
	rest, open := s["additionalProperties"].(map[string]any)
	for name, x := range v {
		field, ok := declared[name].(map[string]any)
		if !ok && some && !open {
			return at + "." + name + " is not declared"
		}
		if !ok {
			field = rest
		}
		if w := c.wrong(at+"."+name, field, x); w != "" {
			return w
		}
	}
	return ""
}

// resolve follows references and makes one schema of allOf.
func (c contract) resolve(s schema) schema {
	if ref, ok := s["$ref"].(string); ok {
		return c.resolve(c.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")])
	}
	parts, ok := s["allOf"].([]any)
	if !ok {
		return s
	}

	properties, required := map[string]any{}, []any{}
	for _, part := range parts {
		p := c.resolve(part.(map[string]any))
		more, _ := p["properties"].(map[string]any)
		for name, field := range more {
			properties[name] = field
		}
		must, _ := p["required"].([]any)
		required = append(required, must...)
	}
	return schema{"type": "object", "properties": properties, "required": required}
}

func ofType(want, v any) bool {
	switch want := want.(type) {
	case nil:
		return true
	case []any:
		return slices.ContainsFunc(want, func(w any) bool { return ofType(w, v) })
	case string:
		switch v := v.(type) {
		case nil:
			return want == "null"
		case bool:
			return want == "boolean"
		case string:
			return want == "string"
		case float64:
			return want == "number" || want == "integer" && v == math.Trunc(v)
		case []any:
			return want == "array"
		case map[string]any:
			return want == "object"
		}
	}
	return false
}

func TestContractFindsFaults(t *testing.T) {
	c := readContract(t)
	const fine = `{"alarms":[{"kiosk":"1","code":"paper","on":true,"detail":"","at":1,"updated_at":2}]}`
	for body, want := range map[string]string{
		fine: "",
		strings.Replace(fine, `"at":1`, `"at":1.5`, 1):       "answer.alarms[0].at is float64, want integer",
		strings.Replace(fine, `"at":1,`, ``, 1):              "answer.alarms[0] has no at",
		strings.Replace(fine, `"at":1,`, `"at":1,"x":1,`, 1): "answer.alarms[0].x is not declared",
	} {
		if got := c.check("GET", "/api/v1/alarms", 200, body); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	if got := c.check("GET", "/api/v1/alarms", 418, ""); got != "status 418 is not listed" {
		t.Error(got)
	}
	if got := c.check("GET", "/api/v1/alarms", 401, `{"error":{"code":"strange","message":""}}`); got != "answer.error.code is strange, which is not in its list" {
		t.Error(got)
	}
}

// probe is one request to a route, and who sends it.
type probe struct {
	client *http.Client
	kind   string // Content-Type
	body   string
	cross  bool // of a page of another origin
	query  string
}

// prober sends probes and collects the statuses of each route.
type prober struct {
	t     *testing.T
	desk  *desk
	bare  *desk // that offers nothing beside its books
	doc   contract
	paths *strings.Replacer
	seen  map[string]map[int]bool // by method and path
}

func (p *prober) send(rt route, pr probe) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), rt.method, p.desk.http.URL+p.paths.Replace(rt.path)+pr.query, strings.NewReader(pr.body))
	if err != nil {
		p.t.Fatal(err)
	}
	if pr.kind != "" {
		r.Header.Set("Content-Type", pr.kind)
	}
	if pr.cross {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	status, body := p.desk.do(pr.client, r)
	if wrong := p.doc.check(rt.method, rt.path, status, body); wrong != "" {
		p.t.Errorf("%s %s: %d: %s: %.300s", rt.method, rt.path, status, wrong, body)
	}
	key := rt.method + " " + rt.path
	if p.seen[key] == nil {
		p.seen[key] = map[int]bool{}
	}
	p.seen[key][status] = true
}

// TestAnswersAreDescribed asks each route as nobody, as one who may not, from another
// origin, with bodies of every wrong kind, rightly, and too often. Every answer is
// listed and fits its schema; and of what stands before or around a route, nothing
// is listed that did not come.
func TestAnswersAreDescribed(t *testing.T) {
	c := newCampaign(t)
	c.check(c.store.PutTechnician(t.Context(), people.Technician{Number: "1001", Name: "王技术", Role: wire.RoleTechnician, PIN: strings.Repeat("x", wire.PINHash)}, "li", noon))
	c.write("10000006", "opened", "10000006000000009998", noon, object{"account": "1000000001", "tender": "cash", "limit": 500000, "opened_at": noon.UnixMilli()})
	c.write("10000006", "note-accepted", "10000006000000009998", noon, object{"note": 0, "value": 10000})
	c.write("10000006", "note-unresolved", "10000006000000009998", noon, object{"note": 0, "value": 10000, "evidence": "power-cut"})
	cases, err := c.store.Cases(t.Context(), filterOf("10000002"))
	c.check(err)

	maker := depottest.NewMaker(t, noon)
	full := openDesk(t, c.town, func(cfg *Config) {
		cfg.Codes, cfg.Depot = &stencil{}, shelf(t, maker)
		cfg.Reconcile = func(context.Context, string) error { return settle.ErrBusy }
		cfg.Bring = (&settle.Clerk{Room: c.store.Settle, Clock: cfg.Now, Dir: t.TempDir()}).Bring
	})
	bare := openDesk(t, c.town, func(cfg *Config) { cfg.Enrol, cfg.Kick = nil, nil })
	p := &prober{t: t, desk: full, bare: bare, doc: readContract(t), seen: map[string]map[int]bool{}}
	rightly := map[string]object{
		"/login": {"user": "zhang", "password": password}, "/enrol": {"token": "good token", "csr_pem": csr(t)},
		"/enrolments":              proven(t, "good token"),
		"/postings/{serial}/retry": {"reason": "已与营销确认"}, "/postings/{serial}/reverse": {"reason": "误缴"},
		"/qr-orders/{serial}/refund": {"reason": "顾客要求"},
		"/terminals/{kiosk}/settle":  {"reason": "月末对账"},
		"/bank-cards/{id}/void":      {"reason": "顾客要求退款"},
		"/bank-cards/{id}/refund":    {"reason": "顾客要求退款"}, "/bank-cards/{id}/answer": {"answer": "refused", "reason": "银行函复"},
		"/bank-cards/vouch":  {"serial": "10000001000000000001", "reason": "已向银行核实"},
		"/cases/{id}/assign": {"owner": "zhang", "next_step": "问营销系统"}, "/cases/{id}/comment": {"text": "已打电话"},
		"/cases/{id}/close": {"resolution": "已退还顾客"}, "/counterfeits": {"kiosk": "10000002", "collection": bagOfFakes(t, c.town), "found": "count", "found_at": noon.UnixMilli(), "until": noon.UnixMilli(), "notes": []object{{"value": 10000, "kind": "printed"}}},
		"/counterfeits/{id}/tell": {"how": "电话"}, "/counterfeits/{id}/visit": {"at": noon.UnixMilli(), "who": "王工", "said": "看过"}, "/counterfeits/{id}/claim": {"how": "函"}, "/counterfeits/{id}/paid": {"amount": 15000, "reference": "P1"}, "/counterfeits/{id}/refused": {"why": "不认"}, "/counterfeits/{id}/drop": {"reason": "厂商破产"}, "/counterfeits/{id}/take-back": {"reason": "误登"}, "/counterfeits/{id}/decide": {"bears": "owner", "reason": "合同到期"},
		"/cases/{id}/pay-out": {"to": "张三", "reason": "持凭证到柜台"}, "/groups/{name}": {"kiosks": []string{"10000001"}}, "/kiosks/{id}/place": {"site": "城东营业厅", "address": "示范市建设路1号"},
		"/kiosks/{id}/suspend": {"reason": "机柜被撬"}, "/kiosks/{id}/resume": {"reason": "已找回"}, "/kiosks/{id}/replace": {"reason": "主板更换"}, "/kiosks/{id}/retire": {"reason": "网点撤销"},
		"/purchases/{serial}/settle": {"how": "remote", "reason": "远程充值"}, "/purchases/{serial}/cancel": {"reason": "顾客带卡来了"},
		"/dates/{date}/sign": {"password": password},
		"/cash-rules":        {"scope": "fleet", "from": "08:00"}, "/cash-rules/drop": {"scope": "fleet"}, "/cash-rules/lift": {"scope": "fleet", "reason": "系统割接"},
		"/escalations": {"at": "08:30", "who": "role admin"}, "/escalations/drop": {"at": "08:30"},
		"/cash/{kiosk}/capacity": {"notes": 600}, "/collections/{serial}/receive": {"genuine": []any{}, "reason": "按日接收"},
		"/remittances":              {"collections": []any{"10000001000000000001"}, "reason": "按日解款"},
		"/remittances/{id}/deposit": {"reference": "B1", "amount": 100, "date": "2026-11-23"}, "/remittances/{id}/bank-line": {"reference": "B1", "amount": 100, "date": "2026-11-23"},
		"/rollouts": {"title": "夜间", "bundle": bundleSum}, "/technicians/{number}/code": {"kiosk": "10000001", "challenge": "482913"},
		"/plans": {"kind": "reverse", "object": "10000002000000004226", "reason": "误缴"}, "/plans/{id}/approve": {"hash": strings.Repeat("0", 64)}, "/plans/{id}/refuse": {"reason": "不同意"},
		"/rollouts/{id}/start": {"reason": "计划内"}, "/rollouts/{id}/pause": {"reason": "计划内"},
		"/rollouts/{id}/stop": {"reason": "计划内"}, "/rollouts/{id}/roll-back": {"reason": "计划内"},
	}
	tooOften := map[string]object{
		"/login": {"user": "nobody", "password": "wrong"}, "/enrol": {"token": "bad token", "csr_pem": csr(t)},
		"/enrolments":                proven(t, "bad token"),
		"/technicians/{number}/code": rightly["/technicians/{number}/code"],
		"/dates/{date}/sign":         {"password": "wrong"},
	}

	hash, err := passwd.Hash(password)
	c.check(err)
	c.check(c.store.AddUser(t.Context(), people.User{Name: "chen", Hash: hash, Role: people.RoleCashier}, "test", noon))
	nobody, zhang := full.client(), full.as("zhang")
	chen := full.as("chen")
	wang, bareWang := full.as("wang"), bare.as("wang")
	for _, rt := range full.srv.routes() {
		short, isAPI := strings.CutPrefix(rt.path, api)
		if !isAPI {
			continue
		}
		id := c.draft
		if strings.Contains(rt.path, "/cases/") {
			id = cases[0].ID
		} else if strings.Contains(rt.path, "/kiosks/") {
			id = "10000001"
		}
		p.paths = strings.NewReplacer("{id}", id, "{serial}", cases[0].Serial, "{name}", "east", "{number}", "1001", "{date}/export", "2026-11-23/export?form=csv", "{date}", "2026-11-23", "{book}", "mis")
		if rt.act != open {
			p.send(rt, probe{client: nobody})
		}
		if !people.May(people.RoleAccountant, rt.act) {
			p.send(rt, probe{client: zhang})
		}

		if rt.method == "GET" {
			if short != "/events" { // has no end
				p.send(rt, probe{client: wang, cross: true})
			}
			if strings.HasSuffix(short, "/export") {
				for range maxExports {
					full.srv.exports.places <- struct{}{}
				}
				p.send(rt, probe{client: wang})
			}
			continue
		}
		p.send(rt, probe{client: wang, cross: true})
		sender := wang
		switch {
		case short == "/login":
			sender = full.client()
		case short == "/logout":
			sender = full.as("zhang")
		case rt.act == open || people.May(people.RoleOperator, rt.act):
		case people.May(people.RoleAccountant, rt.act):
			sender = zhang
		default:
			sender = chen
		}
		if largestFile(short) > 0 {
			p.sendFiles(rt, sender, bare.as("zhang"))
			continue
		}
		kind, good := "application/json", text(t, rightly[short])
		if short == "/bundles" {
			kind, good = bundleContent, string(maker.Bundle(t, manifest.Root, 43, 1000))
		} else if rightly[short] != nil {
			p.send(rt, probe{client: sender, kind: kind, body: `{"x":"` + strings.Repeat("x", MaxBody) + `"}`})
		}
		p.send(rt, probe{client: sender, kind: "text/plain", body: good})
		p.send(rt, probe{client: sender, kind: kind, body: "{"})
		p.send(rt, probe{client: sender, kind: kind, body: good})
		for range 12 * min(1, len(tooOften[short])) {
			p.send(rt, probe{client: sender, kind: kind, body: text(t, tooOften[short])})
		}
		if short == "/bundles" {
			for range maxUploads {
				full.srv.rollouts.uploads <- struct{}{}
			}
			p.send(rt, probe{client: sender, kind: kind, body: good})
		}
		if rt.path != api+"/login" && rt.path != api+"/logout" {
			p.desk = bare
			p.send(rt, probe{client: bareWang, kind: kind, body: good})
			p.desk = full
		}
	}
	p.desk, p.paths = full, strings.NewReplacer("{serial}", "10000006000000009998")
	p.send(route{method: "GET", path: api + "/transactions/{serial}"}, probe{client: wang})
	p.unheard()
}

// sendFiles tries what takes a file: rightly named and not, too large, and while others come in.
func (p *prober) sendFiles(rt route, sender, bareSender *http.Client) {
	p.t.Helper()
	named := func(client *http.Client, kind, body string) {
		p.t.Helper()
		p.send(rt, probe{client: client, kind: kind, body: body, query: "?name=a.csv"})
	}
	p.send(rt, probe{client: sender, kind: "text/csv", body: "x"})
	named(sender, "image/png", "x")
	named(sender, "text/csv", "x")
	if strings.HasSuffix(rt.path, statementsPath) {
		named(sender, "text/csv", strings.Repeat("交易日期,交易时间,参考号,摘要,支出金额,收入金额,余额\n", (maxStatement+formOverhead)/60))
	}
	full := p.desk
	named(full.as("wang"), "text/csv", "x")
	for range maxBringing {
		full.srv.bring.places <- struct{}{}
	}
	named(sender, "text/csv", "x")
	if rt.path != api+statementsPath {
		p.desk = p.bare
		named(bareSender, "text/csv", "x")
		p.desk = full
	}
	for range maxBringing {
		<-full.srv.bring.places
	}
}

// unheard finds listed refusals that no probe has met.
func (p *prober) unheard() {
	p.t.Helper()
	for path, ops := range p.doc.Paths {
		for method, op := range ops {
			key := strings.ToUpper(method) + " " + path
			for _, status := range []int{401, 403, 413, 415, 429, 501} {
				_, listed := op.Responses[strconv.Itoa(status)]
				if status == 413 && (path == api+"/bundles" || strings.HasSuffix(path, "/books/{book}")) {
					continue // takes a body of the size of a bundle, or of a book
				}
				if listed && !p.seen[key][status] {
					p.t.Errorf("%s: %d is listed and does not come", key, status)
				}
			}
		}
	}
}

func text(t *testing.T, v object) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
