package soap_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem"
	cardsoap "wattkiosk/payments/cardsystem/soap"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/soap"
)

var (
	facts = metercard.Facts{Serial: "0000000000000001", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Count: 4, Purse: 5000, Loaded: 4, Left: -50}
	sale  = cardsystem.Request{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: "00000001010000000001", Account: "1000000003", Amount: 10000, BusinessDate: "20261130", Time: "20261130103000",
		Tender: "cash", Kiosk: "K0000001", Card: facts,
	}}
	question = cardsystem.Request{Op: cardsystem.OpAsk, Serial: "00000001010000000001"}
)

// answering is a client of a service that says one thing.
func answering(t *testing.T, status int, body string) *cardsoap.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:c="urn:wattkiosk:card-meter:1"><s:Body>`+body+`</s:Body></s:Envelope>`)
	}))
	t.Cleanup(server.Close)
	c, err := cardsoap.New(cardsoap.Config{URL: server.URL, Now: time.Now}, nil)
	if err != nil {
		t.Fatal(err)
	}

	return c
}

const soldBody = `<c:SellResponse><c:status>0000</c:status><c:message>成功</c:message><c:data><c:serialNo>00000001010000000001</c:serialNo>` +
	`<c:saleNo>SD1</c:saleNo><c:cardNo>0000000000000001</c:cardNo><c:buyTimes>5</c:buyTimes><c:purseAmt>100.00</c:purseAmt><c:energy>204.79</c:energy>` +
	`<c:rcvAmt>100.00</c:rcvAmt></c:data></c:SellResponse>`

func TestAnswerWithPrefixes(t *testing.T) {
	got, err := answering(t, 200, soldBody).Call(t.Context(), sale)
	want := mis.PostResult{
		Outcome: mis.Done, Code: "0000", Text: "成功", Reference: "SD1", ToAdvance: 10000, Amount: 10000,
		Sold: metercard.Sold{Number: "SD1", Card: "0000000000000001", Count: 5, Amount: 10000, Energy: 20479},
	}
	if err != nil || got.Post != want {
		t.Errorf("%+v, %v", got.Post, err)
	}
}

// TestAnswersThatAreNone: each is a sale of another shape, and none of them is believed.
func TestAnswersThatAreNone(t *testing.T) {
	for name, change := range map[string][2]string{
		"another operation": {"SellResponse", "GetPayResultResponse"},
		"another namespace": {"<c:SellResponse>", `<c:SellResponse xmlns:c="urn:other">`},
		"another serial":    {"00000001010000000001", "00000001010000000002"},
		"another card":      {"0000000000000001</c:cardNo>", "0000000000000002</c:cardNo>"},
		"another count":     {"<c:buyTimes>5", "<c:buyTimes>6"},
		"no amount":         {"<c:purseAmt>100.00</c:purseAmt>", ""},
		"an empty amount":   {"<c:purseAmt>100.00", "<c:purseAmt>"},
		"no document":       {"data>", "date>"},
		"no status":         {"<c:status>0000</c:status>", ""},
	} {
		got, err := answering(t, 200, strings.ReplaceAll(soldBody, change[0], change[1])).Call(t.Context(), sale)
		if !errors.Is(err, soap.ErrNoReply) || got.Post != (mis.PostResult{}) || got.Op != cardsystem.OpSell {
			t.Errorf("%s: %+v, %v", name, got.Post, err)
		}
	}
}

func TestFaults(t *testing.T) {
	fault := func(code, detail string) string {
		return `<s:Fault><faultcode>` + code + `</faultcode><faultstring>不行</faultstring><detail><c:Failure><c:errorCode>` + detail + `</c:errorCode></c:Failure></detail></s:Fault>`
	}
	for name, c := range map[string]struct {
		ask    cardsystem.Request
		status int
		body   string
		want   mis.PostResult
		err    error
	}{
		"a status of ours":          {question, 500, fault("s:Server", "1220"), mis.PostResult{Code: "1220", Text: "不行", Wait: true}, nil},
		"a refusal, with HTTP 200":  {sale, 200, fault("s:Server", "1214"), mis.PostResult{Outcome: mis.NotDone, Code: "1214", Text: "不行", Reason: mis.ArrearsFirst}, nil},
		"success is no fault":       {sale, 500, fault("s:Server", "0000"), mis.PostResult{}, soap.ErrNoReply},
		"reversed, without details": {question, 500, fault("s:Server", "1007"), mis.PostResult{}, soap.ErrNoReply},
		"a status of nobody":        {sale, 500, fault("s:Server", "4711"), mis.PostResult{}, soap.ErrNoReply},
		"no status":                 {sale, 500, fault("s:Client", ""), mis.PostResult{}, soap.ErrNoReply},
		"refused at the door":       {sale, 401, fault("w:FailedAuthentication", ""), mis.PostResult{Outcome: mis.NotDone, Retry: true}, soap.ErrNotSent},
		"at the door, a question":   {question, 401, fault("w:FailedAuthentication", ""), mis.PostResult{}, soap.ErrNotSent},
	} {
		got, err := answering(t, c.status, c.body).Call(t.Context(), c.ask)
		if !errors.Is(err, c.err) || c.err == nil && err != nil || got.Post != c.want {
			t.Errorf("%s: %+v, %v", name, got.Post, err)
		}
	}
}

func TestNotSent(t *testing.T) {
	c := answering(t, 200, soldBody)
	if got, err := c.Call(t.Context(), cardsystem.Request{Op: cardsystem.OpSell}); !errors.Is(err, soap.ErrNotSent) || got.Post != (mis.PostResult{Outcome: mis.NotDone}) {
		t.Errorf("what cannot be said: %+v, %v", got.Post, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if got, err := c.Call(t.Context(), sale); !errors.Is(err, soap.ErrNotSent) || got.Post != (mis.PostResult{Outcome: mis.NotDone, Retry: true}) {
		t.Errorf("closed: %+v, %v", got.Post, err)
	}
}

// TestWSDLNamesEveryOperation: the description and the client are of one service.
func TestWSDLNamesEveryOperation(t *testing.T) {
	var w struct {
		Namespace string `xml:"targetNamespace,attr"`
		Elements  []struct {
			Name string `xml:"name,attr"`
		} `xml:"types>schema>element"`
		Bindings []struct {
			Operations []struct {
				Name string `xml:"name,attr"`
				SOAP struct {
					Action string `xml:"soapAction,attr"`
				} `xml:"operation"`
			} `xml:"operation"`
		} `xml:"binding"`
	}
	if err := xml.Unmarshal(cardsoap.WSDL, &w); err != nil || w.Namespace != cardsoap.Namespace || len(w.Bindings) != 2 {
		t.Fatalf("%v: namespace %q, %d bindings", err, w.Namespace, len(w.Bindings))
	}

	var elements []string
	for _, e := range w.Elements {
		elements = append(elements, e.Name)
	}
	for op, name := range cardsoap.Names {
		if !slices.Contains(elements, name) || !slices.Contains(elements, name+"Response") {
			t.Errorf("%s: no elements for %s", op, name)
		}
		for i, b := range w.Bindings {
			found := false
			for _, o := range b.Operations {
				found = found || o.Name == name && o.SOAP.Action == cardsoap.Namespace+"/"+name
			}
			if !found {
				t.Errorf("binding %d lacks %s", i, name)
			}
		}
	}
}
