package screen

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/firmware/page"
)

func TestDecodeIntent(t *testing.T) {
	const j, f = "application/json", "application/x-www-form-urlencoded"
	full := page.Intent{Rev: 12, Name: "account", Args: map[string]string{"number": "1000000001"}}
	for _, c := range []struct {
		kind, body string
		want       page.Intent
		code       string
	}{
		{j, `{"rev":12,"name":"account","args":{"number":"1000000001"}}`, full, ""},
		{j, ` {"args":{"number":1000000001},"name":"account","rev":12} `, full, ""},
		{"application/json; charset=utf-8", `{"rev":12,"name":"account","args":{"number":"1000000001"}}`, full, ""},
		{j, `{"rev":0,"name":"start"}`, page.Intent{Name: "start"}, ""},
		{j, `{"rev":1,"name":"start","args":null}`, page.Intent{Rev: 1, Name: "start"}, ""},
		{j, `{"rev":1,"name":"start","args":{}}`, page.Intent{Rev: 1, Name: "start"}, ""},
		{j, `{"rev":18446744073709551615,"name":"print","args":{"yes":true}}`, page.Intent{Rev: 1<<64 - 1, Name: "print", Args: map[string]string{"yes": "true"}}, ""},
		{f, `rev=12&name=account&args.number=1000000001`, full, ""},
		{f, `rev=12&name=account&args=%7B%22number%22%3A%221000000001%22%7D`, full, ""},
		{f, `{"rev":12,"name":"account","args":{"number":"1000000001"}}`, full, ""},

		{j, ``, page.Intent{}, "bad-json"},
		{j, `{`, page.Intent{}, "bad-json"},
		{j, `[]`, page.Intent{}, "bad-json"},
		{j, `null`, page.Intent{}, "bad-json"},
		{j, `{"rev":1,"name":"start"}{}`, page.Intent{}, "bad-json"},
		{j, `{"rev":1,"name":"start",}`, page.Intent{}, "bad-json"},
		{j, "{\"rev\":1,\"name\":\"\xff\"}", page.Intent{}, "bad-json"},
		{j, `{"rev":1,"name":"start","extra":1}`, page.Intent{}, "unknown-field"},
		{j, `{"REV":1,"name":"start"}`, page.Intent{}, "unknown-field"},
		{j, `{"rev":1,"rev":2,"name":"start"}`, page.Intent{}, "repeated-field"},
		{j, `{"name":"start"}`, page.Intent{}, "missing-rev"},
		{j, `{"rev":1}`, page.Intent{}, "missing-name"},
		{j, `{"rev":"1","name":"start"}`, page.Intent{}, "bad-rev"},
		{j, `{"rev":1.5,"name":"start"}`, page.Intent{}, "bad-rev"},
		{j, `{"rev":-1,"name":"start"}`, page.Intent{}, "bad-rev"},
		{j, `{"rev":18446744073709551616,"name":"start"}`, page.Intent{}, "bad-rev"},
		{j, `{"rev":1,"name":7}`, page.Intent{}, "bad-name"},
		{j, `{"rev":1,"name":null}`, page.Intent{}, "bad-name"},
		{j, `{"rev":1,"name":""}`, page.Intent{}, "bad-name"},
		{j, `{"rev":1,"name":"Start!"}`, page.Intent{}, "bad-name"},
		{j, `{"rev":1,"name":"` + strings.Repeat("a", 33) + `"}`, page.Intent{}, "bad-name"},
		{j, `{"rev":1,"name":"a","args":[]}`, page.Intent{}, "bad-json"},
		{j, `{"rev":1,"name":"a","args":{"x":{}}}`, page.Intent{}, "bad-argument"},
		{j, `{"rev":1,"name":"a","args":{"x":null}}`, page.Intent{}, "bad-argument"},
		{j, `{"rev":1,"name":"a","args":{"x":"1","x":"2"}}`, page.Intent{}, "bad-argument"},
		{j, `{"rev":1,"name":"a","args":{"X y":"1"}}`, page.Intent{}, "bad-argument"},
		{j, `{"rev":1,"name":"a","args":{"x":"` + strings.Repeat("1", 256) + `"}}`, page.Intent{}, "bad-argument"},
		{j, `{"rev":1,"name":"a","args":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1}}`, page.Intent{}, "bad-argument"},
		{f, `rev=1&name=start&name=start`, page.Intent{}, "repeated-field"},
		{f, `rev=1&name=start&other=1`, page.Intent{}, "unknown-field"},
		{f, `rev=1&name=a&args=7%7D`, page.Intent{}, "bad-argument"},
		{f, `rev=1&name=a&args.x=%FF`, page.Intent{}, "bad-argument"},
		{f, `rev=%zz`, page.Intent{}, "bad-form"},
		{f, `rev=+1&name=start`, page.Intent{}, "bad-rev"},
		{"text/plain", `{}`, page.Intent{}, "content-type"},
		{"", `{}`, page.Intent{}, "content-type"},
		{"multipart/form-data; boundary=x", ``, page.Intent{}, "content-type"},
	} {
		got, err := decode(c.kind, c.body)
		if d := cmp.Diff(c.want, got); d != "" || codeOf(err) != c.code {
			t.Errorf("%s %.90s: %v, want code %q (-want +got):\n%s", c.kind, c.body, err, c.code, d)
		}
	}
}

func decode(kind, body string) (page.Intent, error) {
	f, err := decoderFor(kind)
	if err != nil {
		return page.Intent{}, err
	}
	return f([]byte(body))
}

func codeOf(err error) string {
	if b, ok := errors.AsType[*badIntent](err); ok {
		return b.code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// Whatever comes in, it is an intent within the bounds or a badIntent, and what
// was read as JSON reads the same again.
func FuzzDecodeIntent(f *testing.F) {
	for _, s := range []string{
		`{"rev":12,"name":"account","args":{"number":"1000000001"}}`, `{"rev":1,"name":"print","args":{"yes":true}}`, `{"rev":1,"rev":1}`,
		`rev=12&name=account&args.number=1000000001`, `rev=1&name=a&args=%7B%7D`, `{"rev":1e3,"name":"\u0061","args":null}`, `{"args":[1]}`,
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, body string, asJSON bool) {
		kind := "application/x-www-form-urlencoded"
		if asJSON {
			kind = "application/json"
		}
		in, err := decode(kind, body)
		if err != nil {
			if _, ok := errors.AsType[*badIntent](err); !ok {
				t.Fatalf("error %v is no answer", err)
			}
			return
		}
		if in.Name == "" || len(in.Name) > maxName || len(in.Args) > maxArgs {
			t.Fatalf("out of bounds: %+v", in)
		}
		again, err := json.Marshal(map[string]any{"rev": in.Rev, "name": in.Name, "args": in.Args})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode("application/json", string(again)); err != nil || cmp.Diff(in, got) != "" {
			t.Fatalf("%s reads as %+v, %v", again, got, err)
		}
	})
}
