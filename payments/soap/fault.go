package soap

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Fault is what a service says instead of an answer. Its code is the local name of the
// finest one that it gives: Server, Sender, FailedAuthentication, …
type Fault struct {
	Code   string
	Text   string
	Detail string // code of the application, where the detail has a retcode, errorCode or code; empty otherwise
}

// Bounds of what is kept of a fault, in bytes.
const (
	maxFaultCode = 64
	maxFaultText = 400
)

// Error says what the service said, as far as it is short.
func (f *Fault) Error() string {
	return fmt.Sprintf("SOAP fault %.64q: %.200q", f.Code, f.Text)
}

// atTheDoor are the codes that can say nothing but "nobody looked at the request".
var atTheDoor = map[string]bool{
	"FailedAuthentication": true, "AuthenticationFailure": true, "InvalidSecurity": true, "InvalidSecurityToken": true, "SecurityTokenUnavailable": true,
	"MustUnderstand": true, "VersionMismatch": true,
}

// Unprocessed reports whether the fault says that the request was refused before anything
// was made of it.
func (f *Fault) Unprocessed() bool { return atTheDoor[f.Code] }

// anyFault is a fault of either version's shape.
type anyFault struct {
	Code11   string `xml:"faultcode"`
	Text11   string `xml:"faultstring"`
	Detail11 detail `xml:"detail"`
	Code12   code   `xml:"Code"`
	Text12   struct {
		Text string `xml:"Text"`
	} `xml:"Reason"`
	Detail12 detail `xml:"Detail"`
}

type code struct {
	Value string `xml:"Value"`
	Sub   *code  `xml:"Subcode"`
}

// detail looks for a code of the application one or two levels deep.
type detail struct {
	Content []node `xml:",any"`
}

type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Nodes   []node `xml:",any"`
}

func (d detail) code() string {
	for _, n := range d.Content {
		for _, m := range append([]node{n}, n.Nodes...) {
			switch m.XMLName.Local {
			case "retcode", "errorCode", "code":
				return strings.TrimSpace(m.Text)
			}
		}
	}

	return ""
}

// fault reads the body as a fault.
func (m *envelope) fault() (*Fault, error) {
	var a anyFault
	if err := m.decode(&a); err != nil {
		return nil, err
	}

	f := &Fault{Code: a.Code11, Text: a.Text11, Detail: a.Detail11.code()}
	for c := &a.Code12; c != nil; c = c.Sub {
		if c.Value != "" {
			f.Code = c.Value
		}
	}
	if f.Text == "" {
		f.Text = a.Text12.Text
	}
	if f.Detail == "" {
		f.Detail = a.Detail12.code()
	}
	f.Code = cut(local(f.Code), maxFaultCode)
	f.Text, f.Detail = cut(strings.TrimSpace(f.Text), maxFaultText), cut(f.Detail, maxFaultCode)

	return f, nil
}

// local is a qualified name without its prefix; of Client.Authentication the last part.
func local(name string) string {
	name = strings.TrimSpace(name)
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}

	return name
}

// cut keeps at most n bytes, and whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}

	return strings.ToValidUTF8(s[:n], "")
}
