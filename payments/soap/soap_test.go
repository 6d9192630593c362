package soap_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"wattkiosk/payments/soap"
)

// clock stands still at a time that the tokens below are made for.
func clock() time.Time { return time.Date(2026, 11, 30, 10, 30, 0, 0, time.UTC) }

type ask struct {
	XMLName xml.Name `xml:"urn:test Ask"`
	Name    string   `xml:"name"`
}

type answered struct {
	XMLName xml.Name `xml:"urn:test AskResponse"`
	Name    string   `xml:"name"`
	Sum     *int     `xml:"sum"`
}

const (
	open11 = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>`
	shut11 = `</soapenv:Body></soapenv:Envelope>`
	open12 = `<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body>`
	shut12 = `</env:Body></env:Envelope>`
)

func gb(t *testing.T, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}

	return out
}

// service answers everything with one answer.
func service(t *testing.T, status int, contentType, body string) *soap.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)

	return client(t, soap.Config{URL: server.URL})
}

func client(t *testing.T, cfg soap.Config) *soap.Client {
	t.Helper()
	cfg.Now = clock
	c, err := soap.New(cfg)
	if err != nil {
		t.Fatal(err)
	}

	return c
}

func TestAnswers(t *testing.T) {
	inner := `<x:AskResponse xmlns:x="urn:test"><x:name>刘建国 &lt;户&gt;</x:name><x:sum>0</x:sum></x:AskResponse>`
	for name, c := range map[string]struct{ contentType, body string }{
		"UTF-8 by itself":               {"text/xml", open11 + inner + shut11},
		"GB18030 in the declaration":    {"text/xml", `<?xml version="1.0" encoding="GB18030"?>` + gb(t, open11+inner+shut11)},
		"GBK in the declaration":        {"text/xml", `<?xml version="1.0" encoding="gbk"?>` + gb(t, open11+inner+shut11)},
		"GB18030 in Content-Type":       {"text/xml; charset=GB18030", gb(t, open11+inner+shut11)},
		"both":                          {`text/xml; charset="gb18030"`, `<?xml version="1.0" encoding="GB18030"?>` + gb(t, open11+inner+shut11)},
		"Content-Type comes first":      {"text/xml; charset=utf-8", `<?xml version="1.0" encoding="GB18030"?>` + open11 + inner + shut11},
		"1.2":                           {"application/soap+xml; charset=utf-8", open12 + inner + shut12},
		"default namespace, no prefix":  {"text/xml", open11 + `<AskResponse xmlns="urn:test"><name>刘建国 &lt;户&gt;</name><sum>0</sum></AskResponse>` + shut11},
		"another prefix, and a header":  {"text/xml", `<a:Envelope xmlns:a="http://schemas.xmlsoap.org/soap/envelope/"><a:Header><z/></a:Header><a:Body>` + inner + `</a:Body></a:Envelope>`},
		"characters written as numbers": {"text/xml", open11 + `<AskResponse xmlns="urn:test"><name>&#21016;&#24314;&#22269; &lt;户&gt;</name><sum>0</sum></AskResponse>` + shut11},
	} {
		var a answered
		err := service(t, 200, c.contentType, c.body).Call(t.Context(), "urn:test/Ask", ask{Name: "1"}, &a)
		if err != nil || a.Name != "刘建国 <户>" || a.Sum == nil || *a.Sum != 0 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}

	var a answered
	if err := service(t, 200, "text/xml", open11+`<AskResponse xmlns="urn:test"><name>x</name></AskResponse>`+shut11).Call(t.Context(), "", ask{}, &a); err != nil || a.Sum != nil {
		t.Errorf("what is absent: %+v, %v", a, err)
	}
}

func TestFaults(t *testing.T) {
	shape11 := `<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring> 售电系统忙 </faultstring><detail><x:Failure xmlns:x="urn:test"><x:errorCode>1220</x:errorCode></x:Failure></detail></soapenv:Fault>`
	shape12 := `<env:Fault xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>wsse:FailedAuthentication</env:Value></env:Subcode></env:Code><env:Reason><env:Text xml:lang="zh">令牌无效</env:Text></env:Reason></env:Fault>`
	// A 1.2 shape with the namespace of the 1.1 envelope around it, as some services write.
	mixed := `<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:Sender</soapenv:Value><soapenv:Subcode><soapenv:Value>wsse:FailedAuthentication</soapenv:Value></soapenv:Subcode></soapenv:Code><soapenv:Reason><soapenv:Text>令牌无效</soapenv:Text></soapenv:Reason></soapenv:Fault>`
	for name, c := range map[string]struct {
		status int
		body   string
		want   soap.Fault
		door   bool
	}{
		"1.1":                 {500, open11 + shape11 + shut11, soap.Fault{Code: "Server", Text: "售电系统忙", Detail: "1220"}, false},
		"1.1 with status 200": {200, open11 + shape11 + shut11, soap.Fault{Code: "Server", Text: "售电系统忙", Detail: "1220"}, false},
		"1.2":                 {400, open12 + shape12 + shut12, soap.Fault{Code: "FailedAuthentication", Text: "令牌无效"}, true},
		"1.2 shape in 1.1":    {401, open11 + mixed + shut11, soap.Fault{Code: "FailedAuthentication", Text: "令牌无效"}, true},
		"1.2 inside 1.1":      {500, open11 + shape12 + shut11, soap.Fault{Code: "FailedAuthentication", Text: "令牌无效"}, true},
		"dotted code":         {500, open11 + `<soapenv:Fault><faultcode>soapenv:Client.FailedAuthentication</faultcode><faultstring/></soapenv:Fault>` + shut11, soap.Fault{Code: "FailedAuthentication"}, true},
	} {
		var f *soap.Fault
		err := service(t, c.status, "text/xml", c.body).Call(t.Context(), "", ask{}, new(answered))
		if !errors.As(err, &f) || !errors.Is(err, soap.ErrNoReply) || *f != c.want || f.Unprocessed() != c.door {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestUnusableAnswers(t *testing.T) {
	good := `<AskResponse xmlns="urn:test"><name>x</name></AskResponse>`
	for name, c := range map[string]struct {
		status            int
		contentType, body string
	}{
		"a page":                    {200, "text/html", "<html><body>502</body></html>"},
		"nothing":                   {200, "text/xml", ""},
		"an answer with status 500": {500, "text/xml", open11 + good + shut11},
		"an answer with status 302": {302, "text/xml", open11 + good + shut11},
		"another element":           {200, "text/xml", open11 + `<Other xmlns="urn:test"/>` + shut11},
		"another namespace":         {200, "text/xml", open11 + `<AskResponse xmlns="urn:other"><name>x</name></AskResponse>` + shut11},
		"an empty body":             {200, "text/xml", open11 + shut11},
		"cut off":                   {200, "text/xml", open11 + good},
		"something else after it":   {200, "text/xml", open11 + good + shut11 + "<"},
		"an encoding nobody has":    {200, "text/xml; charset=big5", open11 + good + shut11},
		"another envelope":          {200, "text/xml", `<Envelope xmlns="urn:test"><Body>` + good + `</Body></Envelope>`},
		"too long":                  {200, "text/xml", "<!--" + strings.Repeat(" ", soap.MaxBody) + "-->" + open11 + good + shut11},
		"an entity of its own":      {200, "text/xml", `<!DOCTYPE x [<!ENTITY e "x">]>` + open11 + `<AskResponse xmlns="urn:test"><name>&e;</name></AskResponse>` + shut11},
	} {
		err := service(t, c.status, c.contentType, c.body).Call(t.Context(), "", ask{}, new(answered))
		var f *soap.Fault
		if !errors.Is(err, soap.ErrNoReply) || errors.As(err, &f) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRequests reads what arrives, by the service's side and as text.
func TestRequests(t *testing.T) {
	for name, c := range map[string]struct {
		cfg         soap.Config
		contentType string
		action      string // of SOAPAction, as it stands there
	}{
		"1.1": {soap.Config{}, "text/xml; charset=UTF-8", `"urn:test/Ask"`},
		"1.1, GB18030, digest": {
			soap.Config{Charset: soap.GB18030, User: &soap.User{Name: "kiosk", Password: "secret", Digest: true}}, "text/xml; charset=GB18030", `"urn:test/Ask"`,
		},
		"1.2, text": {
			soap.Config{Version: soap.V12, User: &soap.User{Name: "kiosk", Password: "secret"}}, `application/soap+xml; action="urn:test/Ask"; charset=UTF-8`, "",
		},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if ct := r.Header.Get("Content-Type"); ct != c.contentType {
				t.Errorf("%s: Content-Type %q", name, ct)
			}
			if a := r.Header.Get("SOAPAction"); a != c.action {
				t.Errorf("%s: SOAPAction %q", name, a)
			}
			s := soap.Service{User: c.cfg.User, Charset: c.cfg.Charset, Now: clock}
			m, err := s.Read(r)
			if err != nil {
				t.Errorf("%s: %v", name, err)

				return
			}
			var got ask
			if err := m.Decode(&got); err != nil || got.Name != "刘建国 <&> \U00020000" || m.Action != "urn:test/Ask" || m.Name != "Ask" || m.Space != "urn:test" || m.Version != c.cfg.Version {
				t.Errorf("%s: %+v, %+v, %v", name, m, got, err)
			}
			zero := 0
			if err := s.Write(w, m.Version, answered{Name: got.Name, Sum: &zero}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}))
		defer server.Close()

		cfg := c.cfg
		cfg.URL = server.URL
		var a answered
		if err := client(t, cfg).Call(t.Context(), "urn:test/Ask", ask{Name: "刘建国 <&> \U00020000"}, &a); err != nil || a.Name != "刘建国 <&> \U00020000" || *a.Sum != 0 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

// TestToken: of the digest the expected text was made with openssl, from the bytes 00 to
// 0F, the time and the password.
func TestToken(t *testing.T) {
	token := func(user, kind, password, nonce, created string) string {
		return `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header>` +
			`<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><w:UsernameToken><w:Username>` + user +
			`</w:Username><w:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#` + kind + `">` + password +
			`</w:Password><w:Nonce>` + nonce + `</w:Nonce><w:Created>` + created + `</w:Created></w:UsernameToken></w:Security></soapenv:Header><soapenv:Body><Ask xmlns="urn:test"/>` + shut11
	}
	const nonce, created, right = "AAECAwQFBgcICQoLDA0ODw==", "2026-11-30T10:29:00Z", "NHeuARclW9Yy9p8qX7VA1HoJehg="
	digest, text := &soap.User{Name: "kiosk", Password: "secret", Digest: true}, &soap.User{Name: "kiosk", Password: "secret"}
	for name, c := range map[string]struct {
		user *soap.User
		doc  string
		ok   bool
	}{
		"digest":               {digest, token("kiosk", "PasswordDigest", right, nonce, created), true},
		"another nonce":        {digest, token("kiosk", "PasswordDigest", right, "AAECAwQFBgcICQoLDA0ODg==", created), false},
		"another time":         {digest, token("kiosk", "PasswordDigest", right, nonce, "2026-11-30T10:29:01Z"), false},
		"no nonce":             {digest, token("kiosk", "PasswordDigest", right, "", created), false},
		"another user":         {digest, token("clerk", "PasswordDigest", right, nonce, created), false},
		"text for a digest":    {digest, token("kiosk", "PasswordText", "secret", nonce, created), false},
		"text":                 {text, token("kiosk", "PasswordText", "secret", nonce, created), true},
		"digest for a text":    {text, token("kiosk", "PasswordDigest", right, nonce, created), true},
		"another text":         {text, token("kiosk", "PasswordText", "secret2", nonce, created), false},
		"a type nobody has":    {text, token("kiosk", "PasswordHint", "secret", nonce, created), false},
		"no token":             {text, open11 + `<Ask xmlns="urn:test"/>` + shut11, false},
		"anybody without user": {nil, open11 + `<Ask xmlns="urn:test"/>` + shut11, true},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.doc))
		r.Header.Set("Content-Type", "text/xml")
		_, err := soap.Service{User: c.user, Now: clock}.Read(r)
		if (err == nil) != c.ok || err != nil && (!errors.Is(err, soap.ErrToken) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOldDigestIsRefused(t *testing.T) {
	user := &soap.User{Name: "kiosk", Password: "secret", Digest: true}
	for age, ok := range map[time.Duration]bool{0: true, 5 * time.Minute: true, -5 * time.Minute: true, 6 * time.Minute: false, -6 * time.Minute: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := soap.Service{User: user, Now: func() time.Time { return clock().Add(age) }}
			m, err := s.Read(r)
			if err != nil {
				_ = s.WriteFault(w, m.Version, soap.Fault{Code: "FailedAuthentication"})

				return
			}
			_ = s.Write(w, m.Version, answered{})
		}))
		defer server.Close()
		err := client(t, soap.Config{URL: server.URL, User: user}).Call(t.Context(), "", ask{}, new(answered))
		var f *soap.Fault
		if (err == nil) != ok || err != nil && (!errors.As(err, &f) || !f.Unprocessed()) {
			t.Errorf("age %v: %v", age, err)
		}
	}
}

func TestNotSent(t *testing.T) {
	refused := errors.New("refused")
	c := client(t, soap.Config{URL: "http://cards.invalid/", HTTP: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, refused }}})
	if err := c.Call(t.Context(), "", ask{}, new(answered)); !errors.Is(err, soap.ErrNotSent) || !errors.Is(err, refused) || strings.Contains(err.Error(), "cards.invalid") {
		t.Errorf("refused: %v", err)
	}
	if err := c.Call(t.Context(), "", func() {}, new(answered)); !errors.Is(err, soap.ErrNotSent) {
		t.Errorf("a body that cannot be written: %v", err)
	}

	near, far := net.Pipe()
	go func() {
		_, _ = far.Read(make([]byte, 1))
		_ = far.Close()
	}()
	c = client(t, soap.Config{URL: "http://cards.invalid/", HTTP: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil }}})
	if err := c.Call(t.Context(), "", ask{}, new(answered)); !errors.Is(err, soap.ErrNoReply) {
		t.Errorf("closed after the first byte: %v", err)
	}
}

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]soap.Config{
		"no address": {Now: clock}, "another scheme": {URL: "ftp://cards/", Now: clock}, "no clock": {URL: "http://cards/"},
		"no such version": {URL: "http://cards/", Now: clock, Version: 7}, "no such encoding": {URL: "http://cards/", Now: clock, Charset: "Big5"},
	} {
		if _, err := soap.New(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("text/xml", open11+`<AskResponse xmlns="urn:test"><name>x</name></AskResponse>`+shut11)
	f.Add("text/xml; charset=gb18030", open12+`<env:Fault><env:Code><env:Value>env:Sender</env:Value></env:Code></env:Fault>`+shut12)
	f.Add("text/xml", open11+`<soapenv:Fault><faultcode>a.b:c</faultcode><detail><code>1</code></detail></soapenv:Fault>`+shut11)
	f.Add("text/xml", `<?xml version="1.0" encoding="gbk"?><a:Envelope xmlns:a="http://schemas.xmlsoap.org/soap/envelope/"><a:Header><Security><UsernameToken><Nonce>!</Nonce></UsernameToken></Security></a:Header><a:Body><b/></a:Body></a:Envelope>`)
	f.Fuzz(func(t *testing.T, contentType, doc string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(doc))
		r.Header.Set("Content-Type", contentType)
		m, err := soap.Service{User: &soap.User{Name: "kiosk", Password: "secret"}, Now: clock}.Read(r)
		if err == nil {
			t.Fatal("a token that nobody made") // or the fuzzer knows the password
		}
		if m != nil {
			_ = m.Decode(new(answered))
		}

		var a answered
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Type", contentType)
		rec.WriteHeader(http.StatusOK)
		_, _ = rec.WriteString(doc)
		if err := soap.ReadAnswer(rec.Result(), &a); err == nil && a.XMLName.Local != "AskResponse" {
			t.Fatalf("read as %+v", a)
		}
	})
}
