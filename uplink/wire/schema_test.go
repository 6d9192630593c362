package wire_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"wattkiosk/ota/manifest"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// messages has a fully filled value of every message and its golden JSON.
var messages = []struct {
	value  any
	golden string
}{
	{
		&wire.Request{V: 1, ID: "r-1", Op: wire.OpVerify, TTLms: 8000, Body: json.RawMessage(`{"account":"1000000001"}`)},
		`{"v":1,"id":"r-1","op":"verify","ttl_ms":8000,"body":{"account":"1000000001"}}`,
	},
	{
		&wire.Reply{V: 1, ID: "r-1", Error: &wire.Error{Code: wire.ErrCodeUnavailable, Message: "down"}, Body: json.RawMessage(goldenPostState)},
		`{"v":1,"id":"r-1","error":{"code":"unavailable","message":"down"},"body":` + goldenPostState + `}`,
	},
	{&wire.Error{Code: "conflict", Message: "another order"}, `{"code":"conflict","message":"another order"}`},
	{&wire.VerifyBody{Account: "1000000001"}, `{"account":"1000000001"}`},
	{
		&wire.VerifyResult{Payable: true, Code: "0000", Text: "ok", Account: "1000000001", Name: "张*", Address: "**路8号", Fee: 12000, Penalty: 850, Advance: 1, Arrears: 12850, Minimum: 100, NotNow: []string{"qr"}},
		`{"payable":true,"code":"0000","text":"ok","account":"1000000001","name":"张*","address":"**路8号","fee":12000,"penalty":850,"advance":1,"arrears":12850,"minimum":100,"not_now":["qr"]}`,
	},
	{
		&wire.VerifyResult{Reason: mis.NoAccount, Code: "1004", Text: "none", Account: "1000000009"},
		`{"payable":false,"reason":"no-account","code":"1004","text":"none","account":"1000000009","name":"","address":"","fee":0,"penalty":0,"advance":0,"arrears":0,"minimum":0}`,
	},
	{
		&wire.PostState{Serial: "10000001000000000005", Status: wire.PostOwed, Reason: mis.NoPartial, Code: "1035", Text: "no"},
		`{"serial":"10000001000000000005","status":"owed","reason":"no-partial","code":"1035","text":"no","reference":"","to_arrears":0,"to_advance":0}`,
	},
	{
		&wire.PostBody{Serial: "10000001000000000005", Account: "1000000001", Amount: 10000, Tender: "cash", PaidAt: 1764000000123},
		`{"serial":"10000001000000000005","account":"1000000001","amount":10000,"tender":"cash","paid_at":1764000000123}`,
	},
	{
		&wire.PostBody{Serial: "10000001000000000005", Account: "1000000003", Amount: 10000, Tender: "cash", PaidAt: 1764000000123, Card: someCard},
		`{"serial":"10000001000000000005","account":"1000000003","amount":10000,"tender":"cash","paid_at":1764000000123,"card":` + goldenCard + `}`,
	},
	{&wire.RenewBody{CSR: "x", Proof: []byte{1, 2}}, `{"csr_pem":"x","proof":"AQI="}`},
	{&wire.Renewal{Due: true, Ends: 1764000000123, Cert: "x", Confirmed: true}, `{"due":true,"ends":1764000000123,"cert_pem":"x","confirmed":true}`},
	{&wire.SpareKeyBody{ID: "00112233445566778899aabbccddeeff", Sealed: []byte{1, 2}}, `{"id":"00112233445566778899aabbccddeeff","sealed":"AQI="}`},
	{&wire.SpareKeyState{Kept: true, For: &wire.Signed{V: 1, Body: []byte("body"), Sig: []byte{1, 2, 3}}}, `{"kept":true,"for":{"v":1,"body":"Ym9keQ==","sig":"AQID"}}`},
	{&wire.SpareFor{V: 1, Key: []byte{4, 1}}, `{"v":1,"key":"BAE="}`},
	{&wire.OutcomeBody{Serial: "10000001000000000005"}, `{"serial":"10000001000000000005"}`},
	{&wire.CardQuoteBody{Card: someCard}, `{"card":` + goldenCard + `}`},
	{
		&wire.CardQuote{
			Card: "0102030405060708", Sellable: true, Code: "0000", Text: "ok", Account: "1000000003", Name: "李*", Address: "**路9号", Min: 1000, Max: 200000, Step: 100, Fixed: 10000,
			Tariff: []wire.PriceTier{{UpTo: 21000, Price: 5500}, {Price: 8500}}, ByTime: []wire.PriceTime{{Name: "peak", Price: 8000}}, NotNow: []string{"qr"}, At: 1764000000123,
			Unwritten: "10000001000000000004", UnwrittenSold: someSold,
		},
		`{"card":"0102030405060708","sellable":true,"code":"0000","text":"ok","account":"1000000003","name":"李*","address":"**路9号","arrears":0,"min":1000,"max":200000,"step":100,"fixed":10000,` +
			`"tariff":[{"up_to":21000,"price":5500},{"price":8500}],"by_time":[{"name":"peak","price":8000}],"not_now":["qr"],"at":1764000000123,"unwritten":"10000001000000000004","unwritten_sold":` + goldenSold + `}`,
	},
	{
		&wire.CardQuote{Card: "0102030405060708", Reason: mis.NotLoaded, Code: "11209", Text: "no"},
		`{"card":"0102030405060708","sellable":false,"reason":"not-loaded","code":"11209","text":"no","account":"","name":"","address":"","arrears":0,"min":0,"max":0}`,
	},
	{&wire.PriceTier{UpTo: 21000, Price: 5500}, `{"up_to":21000,"price":5500}`},
	{&wire.PriceTime{Name: "peak", Price: 8000}, `{"name":"peak","price":8000}`},
	{
		&wire.CardStepsBody{
			Txn: "10000001000000000005", Sale: "10000001000000000004", Card: someCard, Session: "000102030405060708090a0b0c0d0e0f", Round: 1,
			Saved: map[string]script.Bytes{"challenge": {1, 2}}, Library: true,
		},
		`{"txn":"10000001000000000005","sale":"10000001000000000004","card":` + goldenCard + `,"session":"000102030405060708090a0b0c0d0e0f","round":1,"saved":{"challenge":"0102"},"library":true}`,
	},
	{
		&wire.CardSteps{
			Script: wire.Signed{V: 1, Body: []byte("body"), Sig: []byte{1, 2, 3}}, Order: wire.Signed{V: 1, Body: []byte("card"), Sig: []byte{4}},
			Reason: mis.KeysAway, Code: "11201", Text: "no",
		},
		`{"script":{"v":1,"body":"Ym9keQ==","sig":"AQID"},"order":{"v":1,"body":"Y2FyZA==","sig":"BA=="},"reason":"keys-away","code":"11201","text":"no"}`,
	},
	{
		&wire.PostState{Serial: "10000001000000000005", Status: wire.PostPosted, Code: "0000", Text: "sold", Reference: "S1", ToAdvance: 10000, Sold: someSold},
		`{"serial":"10000001000000000005","status":"posted","code":"0000","text":"sold","reference":"S1","to_arrears":0,"to_advance":10000,"sold":` + goldenSold + `}`,
	},
	{
		&wire.FrameBody{Serial: "10000001000000000005", Terminal: "12345678", Frame: wire.Frame{0x60, 0, 3, 0, 0}},
		`{"serial":"10000001000000000005","terminal":"12345678","frame":"YAADAAA="}`,
	},
	{&wire.FrameResult{Frame: wire.Frame{0x60, 0, 0, 0, 3}}, `{"frame":"YAAAAAM="}`},
	{
		&wire.QROrderBody{Serial: "10000001000000000005", Account: "1000000001", Amount: 8640, Mode: qr.Scanned, PayCode: "281234567890123456", LifeMS: 300000},
		`{"serial":"10000001000000000005","account":"1000000001","amount":8640,"mode":"scanned","pay_code":"281234567890123456","life_ms":300000}`,
	},
	{
		&wire.QRBody{Serial: "10000001000000000005", Account: "1000000001", Amount: 8640, Mode: qr.Shown, Known: wire.QRWaiting, Why: "expired"},
		`{"serial":"10000001000000000005","account":"1000000001","amount":8640,"mode":"shown","known":"waiting","why":"expired"}`,
	},
	{
		&wire.QRState{Serial: "10000001000000000005", Status: wire.QRWaiting, Code: "https://qr.example/1", Expires: 1764000300000, LeftMS: 299000, Acquirer: "alipay"},
		`{"serial":"10000001000000000005","status":"waiting","code":"https://qr.example/1","expires":1764000300000,"left_ms":299000,"amount":0,"acquirer":"alipay","reference":"","reason":""}`,
	},
	{
		&wire.QRState{Serial: "10000001000000000005", Status: wire.QRPaid, Amount: 8640, Acquirer: "alipay", Reference: "A1", PaidAt: 1764000012345},
		`{"serial":"10000001000000000005","status":"paid","amount":8640,"acquirer":"alipay","reference":"A1","paid_at":1764000012345,"reason":""}`,
	},
	{
		&wire.PostState{
			Serial: "10000001000000000005", Status: wire.PostPosted, Code: "0000", Text: "sold", Reference: "S1", ToAdvance: 10000, Sold: someSold,
			Settled: metercard.Settled{How: metercard.Rewritten, By: "10000002000000000009"},
		},
		`{"serial":"10000001000000000005","status":"posted","code":"0000","text":"sold","reference":"S1","to_arrears":0,"to_advance":10000,` +
			`"sold":` + goldenSold + `,"settled":{"how":"rewritten","by":"10000002000000000009"}}`,
	},
	{&wire.PostState{Serial: "10000001000000000005", Status: wire.PostPosted, Code: "0000", Text: "booked", Reference: "M1", ToArrears: 9000, ToAdvance: 1000}, goldenPostState},
	{&wire.Ack{V: 1, Upto: 7, Hash: record.Hash{0xab}}, `{"v":1,"upto":7,"hash":"ab` + strings.Repeat("0", 62) + `"}`},
	{
		&wire.State{V: 1, Online: true, Version: "1.2.3", Boot: 9, Screen: "idle", Services: []string{"pay-bill"}, Alarms: []string{"paper-out"}, Cash: 50000, Notes: 5, Head: 77, Paper: "low", Board: "qemuarm64", Build: 42, Other: 41, Site: "建设路营业厅", Address: "建设路8号", Keys: "tpm"},
		`{"v":1,"online":true,"version":"1.2.3","boot":9,"screen":"idle","services":["pay-bill"],"alarms":["paper-out"],"cash":50000,"notes":5,"head":77,"paper":"low","board":"qemuarm64","build":42,"other_build":41,"site":"建设路营业厅","address":"建设路8号","keys":"tpm"}`,
	},
	{&wire.Signed{V: 1, Body: []byte("body"), Sig: []byte{1, 2, 3}}, `{"v":1,"body":"Ym9keQ==","sig":"AQID"}`},
	{
		&wire.Policy{V: 1, Kiosk: "10000001", Serial: 4, Issued: 1764000000000, Expires: 1764600000000, OfflinePay: true, PerTxn: 50000, PerAccount: 100000, Total: 500000},
		`{"v":1,"kiosk":"10000001","serial":4,"issued":1764000000000,"expires":1764600000000,"offline_pay":true,"per_txn":50000,"per_account":100000,"total":500000}`,
	},
	{
		&wire.Job{
			V: 1, Kiosk: "10000001", ID: "r1-10000001-u", Kind: wire.JobUpdate, Issued: 1764000000000, Deadline: 1764600000000, Withdrawn: true,
			Build: 42, Version: "1.4.0", Bundle: &jobBundle, Window: wire.Window{From: 60, To: 300}, JitterSeconds: 600, BytesPerSecond: 65536,
		},
		`{"v":1,"kiosk":"10000001","id":"r1-10000001-u","kind":"update","issued":1764000000000,"deadline":1764600000000,"withdrawn":true,` +
			`"build":42,"version":"1.4.0","bundle":` + goldenJobBundle + `,"window":{"from":60,"to":300},"jitter_seconds":600,"bytes_per_second":65536}`,
	},
	{&jobBundle, goldenJobBundle},
	{&wire.Window{From: 60, To: 300}, `{"from":60,"to":300}`},
	{
		&wire.JobReport{V: 1, ID: "r1-10000001-u", Phase: wire.PhaseFellBack, Percent: 100, Code: "no-good", Detail: "not marked good in 3 boots", From: 41, To: 42, At: 1764000000123},
		`{"v":1,"id":"r1-10000001-u","phase":"fell-back","percent":100,"code":"no-good","detail":"not marked good in 3 boots","from":41,"to":42,"at":1764000000123}`,
	},
	{
		&wire.Roster{V: 1, Kiosk: "10000001", Issued: 1764000000000, Office: []byte{4, 1}, People: []wire.Person{somePerson}},
		`{"v":1,"kiosk":"10000001","issued":1764000000000,"office":"BAE=","people":[` + goldenPerson + `]}`,
	},
	{&somePerson, goldenPerson},
	{
		&wire.Settle{V: 1, Kiosk: "10000001", Terminal: "20000001", Batch: 7, Issued: 1764000000000},
		`{"v":1,"kiosk":"10000001","terminal":"20000001","batch":7,"issued":1764000000000}`,
	},
	{
		&wire.Void{V: 1, Kiosk: "10000001", ID: "p-abcdefghijkl", Serial: "10000001000000000042", Terminal: "20000001", Batch: 7, Trace: 3, Amount: 8640, Issued: 1764000000000},
		`{"v":1,"kiosk":"10000001","id":"p-abcdefghijkl","serial":"10000001000000000042","terminal":"20000001","batch":7,"trace":3,"amount":8640,"issued":1764000000000}`,
	},
	{
		&wire.CashStop{V: 1, Kiosk: "10000001", Serial: 9, Issued: 1764000000000, From: 1764001000000, Expires: 1764087400000, Date: "20251124"},
		`{"v":1,"kiosk":"10000001","serial":9,"issued":1764000000000,"from":1764001000000,"expires":1764087400000,"date":"20251124"}`,
	},
}

var (
	someCard = metercard.Facts{
		Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003", Count: 4, Purse: 5000, Loaded: 4, Left: 1234,
	}
	someSold = metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: 10000, Energy: 18181}
)

const (
	goldenCard = `{"serial":"0102030405060708","form":"cpu","kind":"purchase","meter":"000000000001","customer":"001000000003","count":4,"purse":5000,"loaded":4,"left":1234}`
	goldenSold = `{"number":"S1","card":"0102030405060708","count":5,"amount":10000,"energy":18181}`
)

var somePerson = wire.Person{Number: "1001", Name: "王技术", Role: wire.RoleTechnician, PIN: []byte{1, 2, 3}}

const goldenPerson = `{"number":"1001","name":"王技术","role":"technician","pin":"AQID"}`

var jobBundle = wire.JobBundle{URL: "https://office.example:18884/bundles/ab", Size: 1 << 20, SHA256: manifest.Digest{0xab}}

var goldenJobBundle = `{"url":"https://office.example:18884/bundles/ab","size":1048576,"sha256":"ab` + strings.Repeat("0", 62) + `"}`

const goldenPostState = `{"serial":"10000001000000000005","status":"posted","code":"0000","text":"booked","reference":"M1","to_arrears":9000,"to_advance":1000}`

func typeName(v any) string { return reflect.TypeOf(v).Elem().Name() }

func TestMessagesAreGolden(t *testing.T) {
	for _, m := range messages {
		b, err := wire.Encode(m.value)
		if err != nil {
			t.Fatalf("%s: %v", typeName(m.value), err)
		}
		if string(b) != m.golden {
			t.Errorf("%s\n got %s\nwant %s", typeName(m.value), b, m.golden)
		}
		back := reflect.New(reflect.TypeOf(m.value).Elem()).Interface()
		if err := wire.Decode([]byte(m.golden), back); err != nil {
			t.Errorf("%s: %v", typeName(m.value), err)
		}
		if d := cmp.Diff(m.value, back); d != "" {
			t.Errorf("%s: %s", typeName(m.value), d)
		}
	}
}

func TestMessagesFollowTheSchema(t *testing.T) {
	doc, c := published(t)
	schemas := at(t, doc, "components", "schemas")
	for _, m := range messages {
		name := typeName(m.value)
		schema, err := c.Compile("asyncapi.json#/components/schemas/" + name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := wire.Encode(m.value)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance(t, b)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := schema.Validate(instance(t, []byte(`{"stowaway":1,`+string(b[1:])))); err == nil {
			t.Errorf("%s: the schema allows an unknown field", name)
		}
		if err := wire.Decode([]byte(`{"stowaway":1,`+string(b[1:])), m.value); err == nil {
			t.Errorf("%s: Decode allows an unknown field", name)
		}
		want, required := jsonFields(reflect.TypeOf(m.value).Elem())
		if d := cmp.Diff(want, keys(at(t, schemas, name, "properties"))); d != "" {
			t.Errorf("%s: Go fields and schema properties differ (-Go +schema):\n%s", name, d)
		}
		if d := cmp.Diff(required, stringsOf(schemas[name].(map[string]any)["required"])); d != "" {
			t.Errorf("%s: Go fields without omitempty and required properties differ (-Go +schema):\n%s", name, d)
		}
	}
}

func TestLeastMessagesFollowTheSchema(t *testing.T) {
	_, c := published(t)
	for name, v := range map[string]any{
		"State": wire.State{V: 1}, "Reply": wire.Reply{V: 1, ID: "a"},
		"Policy": wire.Policy{V: 1, Kiosk: "*"}, "Ack": wire.Ack{V: 1},
		"Job":       wire.Job{V: 1, Kiosk: "10000001", ID: "a", Kind: wire.JobRollback, Build: 1},
		"JobReport": wire.JobReport{V: 1, ID: "a", Phase: wire.PhaseOffered},
	} {
		b, err := wire.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile("asyncapi.json#/components/schemas/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance(t, b)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNothingIsUnpublished reads the sources, so that a message or channel that
// is added to them but not to asyncapi.yaml and the table above fails.
func TestNothingIsUnpublished(t *testing.T) {
	doc, _ := published(t)
	var table []string
	for _, m := range messages {
		table = append(table, typeName(m.value))
	}
	slices.Sort(table)
	table = slices.Compact(table) // a message may have several examples
	structs, channels := slices.Concat(declared(t, "message.go"), declared(t, "job.go"), declared(t, "jobreport.go"), declared(t, "roster.go"), declared(t, "tender.go"), declared(t, "purchase.go"), declared(t, "settle.go"), declared(t, "void.go"), declared(t, "renew.go"), declared(t, "sparekey.go"), declared(t, "cashstop.go")), []string(nil)
	slices.Sort(structs)
	for _, v := range declared(t, "topic.go") {
		if s, err := strconv.Unquote(v); err == nil && s != wire.Root {
			channels = append(channels, s)
		}
	}
	if d := cmp.Diff(structs, table); d != "" {
		t.Errorf("messages of the sources and of the table differ:\n%s", d)
	}
	slices.Sort(channels)
	// A channel that goes both ways is published twice, the way up as nameReport.
	var names []string
	for _, k := range keys(at(t, doc, "channels")) {
		names = append(names, strings.TrimSuffix(k, "Report"))
	}
	if d := cmp.Diff(channels, slices.Compact(names)); d != "" {
		t.Errorf("channels of topic.go and asyncapi.yaml differ:\n%s", d)
	}
	for name, ch := range at(t, doc, "channels") {
		address := strings.NewReplacer("{kiosk}", "10000001", "{id}", "x1").Replace(ch.(map[string]any)["address"].(string))
		a, err := wire.ParseTopic(address)
		if err != nil || string(a.Chan) != strings.TrimSuffix(name, "Report") || (!a.Up && strings.HasSuffix(name, "Report")) {
			t.Errorf("channel %s: address %s parses as %+v, %v", name, address, a, err)
		}
		build := wire.Down
		if a.Up {
			build = wire.Up
		}
		if got := build(a.Kiosk, a.Chan, a.ID); got != address {
			t.Errorf("channel %s: topic %s, want %s", name, got, address)
		}
	}
	references(t, doc, doc)
}

// declared lists the structs of a file, and the string constants as literals.
func declared(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return false
		case *ast.TypeSpec:
			if _, ok := n.Type.(*ast.StructType); ok {
				names = append(names, n.Name.Name)
			}
		case *ast.ValueSpec:
			if lit, ok := n.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING && file == "topic.go" {
				names = append(names, lit.Value)
			}
		}
		return true
	})
	slices.Sort(names)
	return names
}

// references checks that every $ref of the document leads somewhere.
func references(t *testing.T, doc, node any) {
	switch n := node.(type) {
	case map[string]any:
		if ref, ok := n["$ref"].(string); ok {
			path, local := strings.CutPrefix(ref, "#/")
			if !local || at(t, doc.(map[string]any), strings.Split(path, "/")...) == nil {
				t.Errorf("$ref %s leads nowhere", ref)
			}
		}
		for _, v := range n {
			references(t, doc, v)
		}
	case []any:
		for _, v := range n {
			references(t, doc, v)
		}
	}
}

// published is asyncapi.yaml, and a compiler that knows it as asyncapi.json.
func published(t *testing.T) (map[string]any, *jsonschema.Compiler) {
	t.Helper()
	b, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var y any
	if err := yaml.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	if b, err = json.Marshal(y); err != nil {
		t.Fatal(err)
	}
	doc := instance(t, b).(map[string]any)
	if doc["asyncapi"] != "3.0.0" {
		t.Fatalf("asyncapi %v, want 3.0.0", doc["asyncapi"])
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("asyncapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return doc, c
}

func instance(t *testing.T, b []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func at(t *testing.T, m map[string]any, path ...string) map[string]any {
	t.Helper()
	for _, p := range path {
		next, ok := m[p].(map[string]any)
		if !ok {
			t.Fatalf("asyncapi.yaml: no %s in %s", p, strings.Join(path, "/"))
		}
		m = next
	}
	return m
}

func keys(m map[string]any) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}

func stringsOf(v any) []string {
	var ss []string
	list, _ := v.([]any) // absent: none
	for _, s := range list {
		ss = append(ss, s.(string))
	}
	slices.Sort(ss)
	return ss
}

func jsonFields(t reflect.Type) (all, required []string) {
	for i := range t.NumField() {
		name, opts, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
		if opts != "omitempty" && opts != "omitzero" {
			required = append(required, name)
		}
	}
	slices.Sort(all)
	slices.Sort(required)
	return all, required
}
