package tuxedo_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
	mistuxedo "wattkiosk/payments/mis/tuxedo"
	"wattkiosk/payments/tuxedo"
)

func settings(b tuxedo.Buffer) tuxedo.Settings {
	return tuxedo.Settings{
		Kind: "endurox", Libraries: []string{"/opt/e/libatmiclt.so"}, Buffer: b, Names: map[string]string{"jylsh": "SERIAL_NO"},
		Service: map[string]string{"query": "Q", "verify": "V", "post": "P", "ask": "A", "reverse": "R"},
	}
}

// played is a client whose children the test plays: each hears its setup and one call.
type played struct {
	client *mistuxedo.Client
	setup  tuxedo.Setup
	call   tuxedo.Call
	answer tuxedo.Answer
}

func play(t testing.TB, b tuxedo.Buffer) *played {
	t.Helper()
	p := &played{}
	client, err := mistuxedo.New(mistuxedo.Config{Settings: settings(b), Dialect: socket.Example(), Unit: socket.Unit{Collecting: "4301"}, Start: func() (io.ReadWriteCloser, error) {
		near, far := net.Pipe()
		go func() {
			defer func() { _ = far.Close() }()
			if child.ReadFrame(far, &p.setup, tuxedo.MaxFrame) != nil || child.WriteFrame(far, child.Hello{Ready: true}, tuxedo.MaxFrame) != nil {
				return
			}
			for child.ReadFrame(far, &p.call, tuxedo.MaxFrame) == nil {
				if child.WriteFrame(far, p.answer, tuxedo.MaxFrame) != nil {
					return
				}
			}
		}()
		return near, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	p.client = client
	return p
}

var post = mis.Request{Op: mis.OpPost, Payment: mis.Payment{
	Serial: "20261123000000000001", Account: "1000000001", Amount: 12850, BusinessDate: "20261123", Time: "20261123103000", Tender: "cash", Kiosk: "K0000001",
}}

func field(name, value string) tuxedo.Field { return tuxedo.Field{Name: name, Value: []byte(value)} }

func TestFieldsOfAPost(t *testing.T) {
	p := play(t, tuxedo.FML32)
	p.answer.Fields = []tuxedo.Field{
		field("RETCODE", "1001"), field("SERIAL_NO", "20261123000000000001"), field("JZPZH", "MIS1"), field("JFJE", "12850"), field("HXJE", "0012850"), field("ZYSJE", "0"),
	}
	reply, err := p.client.Call(t.Context(), post)
	if want := (mis.PostResult{Outcome: mis.Done, Code: "1001", Reference: "MIS1", Amount: 12850, ToArrears: 12850}); err != nil || reply.Post != want {
		t.Errorf("%+v, %v", reply.Post, err)
	}
	want := tuxedo.Call{Service: "P", Fields: []tuxedo.Field{
		field("DSDWBH", "4301"), field("HSDWBH", ""), field("CZYBH", "K0000001"), field("SERIAL_NO", "20261123000000000001"), field("YHBH", "1000000001"),
		field("JFFS", "01"), field("JSFS", "01"), field("JFJE", "12850"), field("YHZWRQ", "20261123"), field("JYSJ", "20261123103000"),
	}, Want: []string{"RETCODE", "RETMSG", "SERIAL_NO", "JZPZH", "JFJE", "HXJE", "ZYSJE"}}
	got, wanted := asJSON(t, p.call), asJSON(t, want)
	if got != wanted {
		t.Errorf("called\n%s, want\n%s", got, wanted)
	}
	if f := p.setup.Functions; f["tperrno"] != "_exget_tperrno_addr" || f["CFadd32"] != "CBadd" || f["tpcall"] != "tpcall" || len(f) != 12 {
		t.Errorf("functions %v", f)
	}
	if n := len(p.setup.Fields); n != 30 || p.setup.Libraries[0] != "/opt/e/libatmiclt.so" {
		t.Errorf("%d fields %v", n, p.setup.Fields)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOccurrencesAreRows(t *testing.T) {
	p := play(t, tuxedo.FML32)
	row := func(name string, at int, value string) tuxedo.Field {
		return tuxedo.Field{Name: name, Occurrence: at, Value: []byte(value)}
	}
	whole := []tuxedo.Field{
		field("RETCODE", "1001"), field("YHBH", "1000000001"), field("YHFL", "3"), field("HJJE", "300"), field("HJDF", "300"), field("HJWYJ", "0"), field("HJYS", "0"),
		field("ZDJE", "0"), field("JEZBS", "2"),
		row("YSBS", 0, "A"), row("YSBS", 1, "B"), row("DFNY", 0, "202610"), row("DFNY", 1, "202611"), row("DFJE", 0, "100"), row("DFJE", 1, "200"), row("WYJJE", 0, "0"), row("WYJJE", 1, "0"),
	}
	query := mis.Request{Op: mis.OpQuery, Account: "1000000001"}
	p.answer.Fields = whole
	reply, err := p.client.Call(t.Context(), query)
	if want := []mis.Bill{{ID: "A", Month: "202610", Fee: 100}, {ID: "B", Month: "202611", Fee: 200}}; err != nil || !reflect.DeepEqual(reply.Query.Account.Bills, want) {
		t.Errorf("%+v, %v", reply.Query, err)
	}
	for name, more := range map[string]tuxedo.Field{
		"a row more than said":        row("YSBS", 2, "C"),
		"a field that was not wanted": field("SERIAL_NO", "1"),
		"another code":                row("RETCODE", 1, "1002"),
	} {
		p.answer.Fields = append(whole[:len(whole):len(whole)], more)
		if reply, err := p.client.Call(t.Context(), query); !errors.Is(err, tuxedo.ErrNoReply) || reply.Query.Outcome != mis.Unknown {
			t.Errorf("%s: %+v, %v", name, reply.Query, err)
		}
	}
	p.answer.Fields = whole[:len(whole)-1]
	if _, err := p.client.Call(t.Context(), query); !errors.Is(err, socket.ErrMalformed) {
		t.Errorf("a row that lacks a field: %v", err)
	}
}

func TestBusinessFailure(t *testing.T) {
	p := play(t, tuxedo.FML32)
	for code, want := range map[string]mis.PostResult{
		"1036": {Outcome: mis.NotDone, Code: "1036", Reason: mis.NothingDue},
		"1043": {Outcome: mis.NotDone, Code: "1043", Reason: mis.NotNow, Retry: true},
		"1044": {Code: "1044"}, // perhaps by our own call: unknown
		"9999": {Code: "9999"},
		"1001": {}, // a failure that says that it is done
	} {
		p.answer = tuxedo.Answer{Errno: 11, Fields: []tuxedo.Field{
			field("RETCODE", code), field("SERIAL_NO", post.Payment.Serial), field("JFJE", "12850"), field("HXJE", "12850"), field("ZYSJE", "0"),
		}}
		reply, err := p.client.Call(t.Context(), post)
		if reply.Post != want || (err != nil) != (code == "1001") {
			t.Errorf("%s: %+v, %v; want %+v", code, reply.Post, err, want)
		}
	}
}

func TestMistakesInSettings(t *testing.T) {
	for say, change := range map[string]func(*mistuxedo.Config){
		"kind \"tux\": want endurox, fuxedo, tuxedo": func(c *mistuxedo.Config) { c.Settings.Kind = "tux" },
		"no libraries":                                           func(c *mistuxedo.Config) { c.Settings.Libraries = nil },
		"want its whole path":                                    func(c *mistuxedo.Config) { c.Settings.Libraries = []string{"libwsc.so"} },
		"buffer \"VIEW\"":                                        func(c *mistuxedo.Config) { c.Settings.Buffer = "VIEW" },
		"children 65":                                            func(c *mistuxedo.Config) { c.Settings.Children = 65 },
		"service.ask: want a name":                               func(c *mistuxedo.Config) { delete(c.Settings.Service, "ask") },
		"service.refund: no such operation":                      func(c *mistuxedo.Config) { c.Settings.Service["refund"] = "X" },
		"functions.tpacall: no such function":                    func(c *mistuxedo.Config) { c.Settings.Functions = map[string]string{"tpacall": "x"} },
		"no name of a variable":                                  func(c *mistuxedo.Config) { c.Settings.Env = map[string]string{"A=B": ""} },
		"names.jfjf: dialect example has no such field":          func(c *mistuxedo.Config) { c.Settings.Names = map[string]string{"jfjf": "X"} },
		"field JFJE of query is in the repeated group and outsi": func(c *mistuxedo.Config) { c.Settings.Names = map[string]string{"dfje": "JFJE", "hjje": "JFJE"} },
		"negative duration":                                      func(c *mistuxedo.Config) { c.Timeout = -1 },
		"no message for query":                                   func(c *mistuxedo.Config) { c.Dialect.Messages = c.Dialect.Messages[1:] },
	} {
		cfg := mistuxedo.Config{Settings: settings(tuxedo.FML32), Dialect: socket.Example()}
		change(&cfg)
		if _, err := mistuxedo.New(cfg); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v, want %q", err, say)
		}
	}
}

func TestUnwritableRequestIsNotSent(t *testing.T) {
	p := play(t, tuxedo.String)
	reply, err := p.client.Call(t.Context(), mis.Request{Op: mis.OpPost})
	if want := (mis.PostResult{Outcome: mis.NotDone}); reply.Post != want || !errors.Is(err, tuxedo.ErrNotSent) || p.call.Service != "" {
		t.Errorf("%+v, %v", reply.Post, err)
	}
}

// FuzzAnswer: whatever a library returns, a post is done only where the reply is one to it.
func FuzzAnswer(f *testing.F) {
	f.Add(true, 0, 0, "", "1001", "20261123000000000001", "12850", 0)
	f.Add(true, 11, 4, "", "1036", "20261123000000000001", "0", 0)
	f.Add(false, 0, 0, "", "00000094012103", "", "", 0)
	f.Add(false, 12, 0, "no data", "", "", "", 3)
	f.Fuzz(func(t *testing.T, fml bool, errno, urcode int, unusable, code, serial, amount string, at int) {
		b := tuxedo.CArray
		if fml {
			b = tuxedo.FML32
		}
		p := play(t, b)
		p.answer = tuxedo.Answer{Errno: errno, URCode: urcode, Unusable: unusable, Data: []byte(code + serial + amount), Fields: []tuxedo.Field{
			field("RETCODE", code), field("SERIAL_NO", serial), field("JFJE", amount), field("HXJE", amount), {Name: "ZYSJE", Occurrence: at, Value: []byte("0")},
		}}
		reply, err := p.client.Call(t.Context(), post)
		if reply.Post.Outcome == mis.Done && (err != nil || errno != 0 || unusable != "" || serial != post.Payment.Serial || code != "1001") {
			t.Fatalf("done: %+v, %v", reply.Post, err)
		}
		if err != nil && reply.Post.Outcome == mis.Unknown && reply.Post != (mis.PostResult{}) {
			t.Fatalf("%+v, %v", reply.Post, err)
		}
	})
}
