package soap

import (
	"encoding/xml"
	"fmt"
	"net/http"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/document"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/soap"
)

// ReadRequest reads a call of the service, for simulators.
func ReadRequest(m *soap.Request) (cardsystem.Request, error) {
	for op, name := range Names {
		if m.Space != Namespace || m.Name != name {
			continue
		}
		var body struct {
			Data *part `xml:"data"`
		}
		if err := m.Decode(&body); err != nil {
			return cardsystem.Request{Op: op}, err
		}
		r, err := document.ReadRequest(op, body.Data.document())
		r.Op = op

		return r, err
	}

	return cardsystem.Request{}, fmt.Errorf("%w: no operation %.32q", soap.ErrMalformed, m.Name)
}

// WriteReply answers a call with the echo e, for simulators.
func WriteReply(s soap.Service, w http.ResponseWriter, v soap.Version, e cardsystem.Echo, r cardsystem.Reply) error {
	text, doc := document.Reply(e, r)

	return s.Write(w, v, struct {
		XMLName xml.Name
		Status  mis.Code `xml:"status"`
		Message string   `xml:"message"`
		Data    any      `xml:"data"`
	}{xml.Name{Space: Namespace, Local: Names[r.Op] + "Response"}, r.Code(), text, doc})
}
