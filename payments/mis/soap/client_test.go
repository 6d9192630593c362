package soap_test

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/mistest"
	missoap "wattkiosk/payments/mis/soap"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/mis/socket/dialect"
	"wattkiosk/payments/soap"
)

// web is a service over a simulated MIS.
type web struct {
	t       *testing.T
	sim     *missim.Server
	codec   *socket.Codec
	service soap.Service
	codes   map[string]string // transaction code of a request, by its element
}

func newWeb(t *testing.T, sim *missim.Server, d socket.Dialect, s soap.Service) string {
	t.Helper()
	codec, err := socket.NewCodec(d, socket.Unit{})
	if err != nil {
		t.Fatal(err)
	}
	w := &web{t: t, sim: sim, codec: codec, service: s, codes: map[string]string{}}
	for _, m := range d.Messages {
		w.codes[missoap.Names()[m.Op]] = m.Request.Code
	}
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	return srv.URL + "/mis"
}

func (s *web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.sim.On(missim.Down) {
		panic(http.ErrAbortHandler)
	}
	m, err := s.service.Read(r)
	if err != nil {
		s.check(s.service.WriteFault(w, soap.V11, soap.Fault{Code: "FailedAuthentication", Text: "令牌无效"}))
		return
	}
	var body missoap.Message
	s.check(m.Decode(&body))
	frame, err := s.codec.Assemble(s.codes[body.Name.Local], body.Cells)
	s.check(err)
	answers := s.sim.Handle(frame)
	if len(answers) == 0 || answers[0].Close || backoff.Pause(r.Context(), answers[0].After) != nil {
		<-r.Context().Done() // no answer
		panic(http.ErrAbortHandler)
	}
	cells, err := s.codec.Cells(answers[0].Frame)
	if err != nil { // an answer that cannot be read in the MIS either
		http.Error(w, "Bad Gateway", http.StatusBadGateway)
		return
	}
	s.check(s.service.Write(w, m.Version, missoap.Message{Name: xml.Name{Space: m.Space, Local: m.Name + "Response"}, Cells: cells}))
}

func (s *web) check(err error) {
	if err != nil && !strings.Contains(err.Error(), "broken pipe") && !strings.Contains(err.Error(), "reset by peer") {
		s.t.Error(err)
	}
}

func TestRoadConforms(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC) }
	user := &soap.User{Name: "kiosk", Password: "s3cret", Digest: true}
	example := mistest.Codes{
		OK: "1001", None: "1003", NoUser: "1004", MeterCard: "1039", NoPartial: "1035", Duplicate: "11004", Reversed: "11007",
		Calculating: "1043", InvalidReversal: "1005", NoNextDay: "1015", MeterCardIs: "meter-card", Waits: true,
	}
	for name, c := range map[string]struct {
		dialect string
		codes   mistest.Codes
		conf    missoap.Config
	}{
		"SOAP 1.1, UTF-8":           {"example", example, missoap.Config{}},
		"SOAP 1.2, GB18030, digest": {"example", example, missoap.Config{Access: soap.Access{Version: soap.V12, Charset: soap.GB18030, User: user}, Namespace: "urn:other"}},
		"SOAP 1.1, hn": {"hn", mistest.Codes{
			OK: "00000", None: "11009", NoUser: "11001", MeterCard: "11002", NoPartial: "11056", Duplicate: "11004", Reversed: "11007",
			Calculating: "11020", InvalidReversal: "11009", NoNextDay: "11065", MeterCardIs: "not-payable",
		}, missoap.Config{}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := dialect.Named(c.dialect)
			if err != nil {
				t.Fatal(err)
			}
			mistest.Run(t, d, c.codes, func(t *testing.T, sim *missim.Server, timeout time.Duration) mistest.Caller {
				conf := c.conf
				conf.URL = newWeb(t, sim, d, soap.Service{User: conf.User, Charset: conf.Charset, Now: now})
				conf.Dialect, conf.Timeout, conf.Now = d, timeout, now
				client, err := missoap.New(conf)
				if err != nil {
					t.Fatal(err)
				}
				return client
			})
		})
	}
}

var post = mis.Request{Op: mis.OpPost, Payment: mis.Payment{
	Serial: "20261123000000000001", Account: "1000000001", Amount: 12850, BusinessDate: "20261123", Time: "20261123103000", Tender: "cash", Kiosk: "K0000001",
}}

// answering is a service that always says this, and a client of it. It keeps what was sent.
func answering(t testing.TB, status int, contentType, body string, sent *string) *missoap.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 1<<16)
		n := 0
		for {
			k, err := r.Body.Read(b[n:])
			if n += k; err != nil {
				break
			}
		}
		if sent != nil {
			*sent = string(b[:n])
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	c, err := missoap.New(missoap.Config{Access: soap.Access{URL: srv.URL}, Dialect: socket.Example(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const xml11 = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>`

func envelope(body string) string { return xml11 + body + `</s:Body></s:Envelope>` }

func paid(fields string) string {
	return envelope(`<p:PayResponse xmlns:p="urn:wattkiosk:mis:1">` + fields + `</p:PayResponse>`)
}

const paidFields = `<zysje>0</zysje><x:jfje xmlns:x="urn:x"> 12850 </x:jfje><retcode>1001</retcode><retmsg>成功</retmsg><jylsh>20261123000000000001</jylsh><jzpzh>MIS1</jzpzh><hxje>12850</hxje>`

func TestElementsOfAPost(t *testing.T) {
	var sent string
	reply, err := answering(t, 200, "text/xml; charset=utf-8", paid(paidFields), &sent).Call(t.Context(), post)
	want := mis.PostResult{Outcome: mis.Done, Code: "1001", Text: "成功", Reference: "MIS1", Amount: 12850, ToArrears: 12850}
	if reply.Post != want || err != nil {
		t.Errorf("%+v, %v", reply.Post, err)
	}
	if body := `<Pay xmlns="urn:wattkiosk:mis:1"><dsdwbh></dsdwbh><hsdwbh></hsdwbh><czybh>K0000001</czybh><jylsh>20261123000000000001</jylsh><yhbh>1000000001</yhbh>` +
		`<jffs>01</jffs><jsfs>01</jsfs><jfje>12850</jfje><yhzwrq>20261123</yhzwrq><jysj>20261123103000</jysj></Pay>`; !strings.Contains(sent, body) {
		t.Errorf("sent %s", sent)
	}
}

func TestRowsAreItems(t *testing.T) {
	m := missoap.Message{Name: xml.Name{Local: "QueryResponse"}, Cells: []socket.Cell{
		{Name: "jezbs", Value: "2"}, {Name: "ysbs", Row: 1, Value: "A"}, {Name: "dfje", Row: 1, Value: "100"}, {Name: "ysbs", Row: 2, Value: "B"}, {Name: "dfje", Row: 2, Value: "200"},
	}}
	b, err := xml.Marshal(m)
	want := `<QueryResponse><jezbs>2</jezbs><item><ysbs>A</ysbs><dfje>100</dfje></item><item><ysbs>B</ysbs><dfje>200</dfje></item></QueryResponse>`
	if string(b) != want || err != nil {
		t.Errorf("%s, %v", b, err)
	}
	var back missoap.Message
	if err := xml.Unmarshal(b, &back); err != nil || !slices.Equal(back.Cells, m.Cells) {
		t.Errorf("%+v, %v", back, err)
	}
}

// TestWhatIsNoAnswer: a fault says what its code says, at the most.
func TestWhatIsNoAnswer(t *testing.T) {
	fault := func(code, detail string) string {
		return envelope(`<s:Fault><faultcode>s:` + code + `</faultcode><faultstring>错误</faultstring>` + detail + `</s:Fault>`)
	}
	unsent := mis.PostResult{Outcome: mis.NotDone, Retry: true}
	for name, c := range map[string]struct {
		status int
		body   string
		want   mis.PostResult
		err    error
	}{
		"refused by a code":             {500, fault("Server", "<detail><retcode>1036</retcode></detail>"), mis.PostResult{Outcome: mis.NotDone, Code: "1036", Text: "错误", Reason: mis.NothingDue}, nil},
		"the same with 200":             {200, fault("Server", "<detail><retcode>1036</retcode></detail>"), mis.PostResult{Outcome: mis.NotDone, Code: "1036", Text: "错误", Reason: mis.NothingDue}, nil},
		"a code that leaves it open":    {500, fault("Server", "<detail><retcode>1044</retcode></detail>"), mis.PostResult{Code: "1044", Text: "错误"}, nil},
		"a fault that says success":     {500, fault("Server", "<detail><retcode>1001</retcode></detail>"), mis.PostResult{}, soap.ErrNoReply},
		"a code that nobody knows":      {500, fault("Server", "<detail><retcode>77</retcode></detail>"), mis.PostResult{}, soap.ErrNoReply},
		"a fault":                       {500, fault("Server", ""), mis.PostResult{}, soap.ErrNoReply},
		"a token that is refused":       {401, fault("FailedAuthentication", ""), unsent, soap.ErrNotSent},
		"no answer but a status":        {503, "busy", mis.PostResult{}, soap.ErrNoReply},
		"an answer with another status": {500, paid(paidFields), mis.PostResult{}, soap.ErrNoReply},
		"another's answer":              {200, strings.ReplaceAll(paid(paidFields), "PayResponse", "QueryResponse"), mis.PostResult{}, socket.ErrMismatch},
		"in another namespace":          {200, strings.ReplaceAll(paid(paidFields), "mis:1", "mis:2"), mis.PostResult{}, socket.ErrMismatch},
		"about another serial":          {200, strings.Replace(paid(paidFields), "0001</jylsh>", "0002</jylsh>", 1), mis.PostResult{}, socket.ErrMismatch},
		"a field that is not in it":     {200, paid(paidFields + "<yhbh>1</yhbh>"), mis.PostResult{}, socket.ErrMalformed},
		"a field twice":                 {200, paid(paidFields + "<hxje>12850</hxje>"), mis.PostResult{}, socket.ErrMalformed},
		"a field missing":               {200, paid(strings.Replace(paidFields, "<zysje>0</zysje>", "", 1)), mis.PostResult{}, socket.ErrMalformed},
		"a field with elements":         {200, paid(strings.Replace(paidFields, "12850</hxje>", "<a/></hxje>", 1)), mis.PostResult{}, soap.ErrNoReply},
		"parts that do not make it up":  {200, paid(strings.Replace(paidFields, "<zysje>0", "<zysje>1", 1)), mis.PostResult{}, socket.ErrMalformed},
		"half a document":               {200, paid(paidFields)[:200], mis.PostResult{}, soap.ErrNoReply},
	} {
		reply, err := answering(t, c.status, "text/xml; charset=utf-8", c.body, nil).Call(t.Context(), post)
		if reply.Post != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v, %v; want %+v, %v", name, reply.Post, err, c.want, c.err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := missoap.Config{Access: soap.Access{URL: "http://mis.example/"}, Dialect: socket.Example(), Now: time.Now}
	for name, change := range map[string]func(*missoap.Config){
		"no address":      func(c *missoap.Config) { c.URL = "mis.example" },
		"no dialect":      func(c *missoap.Config) { c.Dialect = socket.Dialect{} },
		"a name missing":  func(c *missoap.Config) { c.Names = map[mis.Op]string{mis.OpPost: "Pay"} },
		"negative time":   func(c *missoap.Config) { c.Timeout = -1 },
		"another version": func(c *missoap.Config) { c.Version = 3 },
	} {
		conf := good
		change(&conf)
		if _, err := missoap.New(conf); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	c, err := missoap.New(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if reply, err := c.Call(t.Context(), post); reply.Post.Outcome != mis.NotDone || !reply.Post.Retry || !errors.Is(err, soap.ErrNotSent) {
		t.Errorf("after Close: %+v, %v", reply.Post, err)
	}
	if reply, err := c.Call(t.Context(), mis.Request{Op: mis.OpPost}); reply.Post != (mis.PostResult{Outcome: mis.NotDone}) || !errors.Is(err, soap.ErrNotSent) {
		t.Errorf("a post of nothing: %+v, %v", reply.Post, err)
	}
}

func TestSettings(t *testing.T) {
	set := missoap.Settings{
		Settings:  soap.Settings{URL: "https://mis.example/ws", Version: "1.2", Charset: "GB18030", User: "kiosk", Password: "hush", Digest: true},
		Namespace: "urn:x", Names: map[string]string{"post": "Charge"},
	}
	c, err := set.Config()
	if err != nil || c.URL != "https://mis.example/ws" || c.Version != soap.V12 || c.Charset != soap.GB18030 || *c.User != (soap.User{Name: "kiosk", Password: "hush", Digest: true}) ||
		c.Namespace != "urn:x" || c.Names[mis.OpPost] != "Charge" || c.Names[mis.OpAsk] != "GetPayResult" {
		t.Errorf("%+v, %v", c, err)
	}
	set.Names = map[string]string{"refund": "Refund"}
	if _, err := set.Config(); err == nil {
		t.Error("an operation that is none")
	}
	set.Names = nil
	set.URL, set.Digest = "http://mis.example/ws", false
	if _, err := set.Config(); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("a password on an open line: %v", err)
	}
}

// FuzzMessage: what can be read as a message is written as one that reads the same, but for
// rows without fields.
func FuzzMessage(f *testing.F) {
	f.Add(`<PayResponse xmlns="urn:x">` + paidFields + `</PayResponse>`)
	f.Add(`<Q><a>1</a><item><b>2</b></item><item/><item><b>张</b></item></Q>`)
	f.Fuzz(func(t *testing.T, text string) {
		var m, again missoap.Message
		if xml.Unmarshal([]byte(text), &m) != nil {
			return
		}
		b, err := xml.Marshal(m)
		if err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		if err := xml.Unmarshal(b, &again); err != nil || len(again.Cells) != len(m.Cells) {
			t.Fatalf("%s: %+v, %v; want %+v", b, again, err, m)
		}
		for i, c := range m.Cells {
			if got := again.Cells[i]; got.Name != c.Name || got.Value != c.Value || (got.Row == 0) != (c.Row == 0) {
				t.Fatalf("%s: %+v, want %+v", b, got, c)
			}
		}
	})
}
