package soap

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"
)

// Service is the side of the service, of one message. It is for simulators.
type Service struct {
	User    *User   // who may call; nil is anybody
	Charset Charset // of answers; empty is UTF-8
	Now     func() time.Time
}

// Request is a call that was read.
type Request struct {
	Version Version
	Action  string // as HTTP named it, without quotes
	Name    string // of the first element of the body
	Space   string // its namespace

	m *envelope
}

// Decode reads the body into v.
func (r *Request) Decode(v any) error { return r.m.decode(v) }

// ErrToken is a call whose token is not valid.
var ErrToken = errToken

// Read reads a call. With ErrToken the request is there, so that its version is known.
func (s Service) Read(r *http.Request) (*Request, error) {
	m, err := open(r.Body, r.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}

	req := &Request{Version: m.version, Action: actionOf(r), Name: m.first.Name.Local, Space: m.first.Name.Space, m: m}
	if s.User != nil {
		return req, s.User.check(m.token, s.Now())
	}

	return req, nil
}

func actionOf(r *http.Request) string {
	if a := r.Header.Get("SOAPAction"); a != "" {
		return strings.Trim(a, `"`)
	}
	_, action, ok := strings.Cut(r.Header.Get("Content-Type"), "action=")
	if !ok {
		return ""
	}

	return strings.Trim(strings.SplitN(action, ";", 2)[0], `" `)
}

// Write answers with a body.
func (s Service) Write(w http.ResponseWriter, v Version, body any) error {
	return s.write(w, v, http.StatusOK, body)
}

// fault11 and fault12 are the shapes of the versions.
type fault11 struct {
	XMLName xml.Name `xml:"soap:Fault"`
	Code    string   `xml:"faultcode"`
	Text    string   `xml:"faultstring"`
}

type fault12 struct {
	XMLName xml.Name `xml:"soap:Fault"`
	Value   string   `xml:"soap:Code>soap:Value"`
	Sub     string   `xml:"soap:Code>soap:Subcode>soap:Value,omitempty"`
	Text    langText `xml:"soap:Reason>soap:Text"`
}

type langText struct {
	Lang string `xml:"xml:lang,attr"`
	Text string `xml:",chardata"`
}

// WriteFault answers with a fault in the version's own shape, and HTTP 500. The code is
// one of the versions' (Server, Client), or one of WS-Security.
func (s Service) WriteFault(w http.ResponseWriter, v Version, f Fault) error {
	if v == V12 {
		value := map[string]string{"Server": "soap:Receiver", "Client": "soap:Sender"}[f.Code]
		sub := ""
		if value == "" {
			value, sub = "soap:Sender", f.Code
		}

		return s.write(w, v, http.StatusInternalServerError, fault12{Value: value, Sub: sub, Text: langText{"zh", f.Text}})
	}

	return s.write(w, v, http.StatusInternalServerError, fault11{Code: "soap:" + f.Code, Text: f.Text})
}

func (s Service) write(w http.ResponseWriter, v Version, status int, body any) error {
	charset := s.Charset
	if charset == "" {
		charset = UTF8
	}
	doc, err := v.write(charset, nil, body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)

		return err
	}

	w.Header().Set("Content-Type", v.contentType(charset, ""))
	w.WriteHeader(status)
	_, err = w.Write(doc)

	return err
}
