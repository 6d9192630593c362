package s2

import (
	"encoding/json"
	"fmt"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/document"
	"wattkiosk/payments/mis"
)

// service is one method of the S2 interface.
type service struct{ kind, method string }

// services are read-only.
var services = map[cardsystem.Op]service{
	cardsystem.OpQuote:   {"icCardService", "cardAnlyseAndCheck"},
	cardsystem.OpSell:    {"prepaidService", "payBill"},
	cardsystem.OpAsk:     {"commonService", "getPayResult"},
	cardsystem.OpReverse: {"prepaidService", "payCancel"},
	cardsystem.OpSteps:   {"prepaidService", "writeUp"},
	cardsystem.OpReport:  {"prepaidService", "writeCardCallback"},
	cardsystem.OpTotals:  {"cashChkFeeService", "query"},
}

// Config of a Dialect.
type Config struct {
	Key  []byte // of AES: 16, 24 or 32 bytes; empty for none
	Gzip bool   // compress what is worth it; what comes compressed is read in any case
}

// Dialect speaks S2. It is read-only once made; any number of goroutines may use it.
type Dialect struct {
	gzip   bool
	sealer *sealer
}

// New fails with a key that is no AES key; the error does not repeat it.
func New(cfg Config) (*Dialect, error) {
	s, err := newSealer(cfg.Key)
	if err != nil {
		return nil, err
	}

	return &Dialect{gzip: cfg.Gzip, sealer: s}, nil
}

// Name is s2.
func (*Dialect) Name() string { return "s2" }

// Codes are the statuses.
func (*Dialect) Codes() cardsystem.Codes { return document.Codes }

// Beat is a heartbeat, as it travels.
func (*Dialect) Beat() []byte {
	return append(magic[:], typeBeat, 0, 0, 0, 0, 0)
}

// envelope is a request, answer the same for what comes back.
type envelope struct {
	RequestID string `json:"requestId"`
	Type      string `json:"businessType"`
	Method    string `json:"businessMethod"`
	Data      string `json:"jsonData"`
}

type answer struct {
	RequestID string   `json:"requestId"`
	Status    mis.Code `json:"status"`
	Message   string   `json:"message"`
	Data      string   `json:"jsonData,omitempty"`
}

// Sort says whose answer a frame from ReadFrame is, or that it is a heartbeat.
func (*Dialect) Sort(frame []byte) (id string, beat bool, err error) {
	if len(frame) == 1 && frame[0] == typeBeat {
		return "", true, nil
	}

	var a struct {
		RequestID string `json:"requestId"`
	}
	if err := unmarshal(frame, &a); err != nil {
		return "", false, err
	}
	if a.RequestID == "" {
		return "", false, fmt.Errorf("%w: no requestId", ErrMalformed)
	}

	return a.RequestID, false, nil
}

// EncodeRequest writes a request as it travels. With an error nothing is to be sent.
func (d *Dialect) EncodeRequest(id string, r cardsystem.Request) ([]byte, error) {
	s, ok := services[r.Op]
	if !ok {
		return nil, fmt.Errorf("S2 has no service for operation %.20q", r.Op)
	}
	body, err := document.Request(r)
	if err != nil {
		return nil, err
	}

	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}

	return d.business(envelope{RequestID: id, Type: s.kind, Method: s.method, Data: string(data)})
}

func (d *Dialect) business(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}

	return d.frame(typeBusiness, b)
}

// DecodeRequest reads a frame from ReadFrame.
func (d *Dialect) DecodeRequest(frame []byte) (id string, r cardsystem.Request, err error) {
	var e envelope
	if err := unmarshal(frame, &e); err != nil {
		return "", cardsystem.Request{}, err
	}
	for op, s := range services {
		if s == (service{e.Type, e.Method}) {
			r, err := document.ReadRequest(op, jsonOf(e.Data))

			return e.RequestID, r, err
		}
	}

	return e.RequestID, cardsystem.Request{}, fmt.Errorf("%w: no service %.32q.%.32q", ErrMalformed, e.Type, e.Method)
}

// EncodeReply writes the answer to a request as it travels, with the echo e.
func (d *Dialect) EncodeReply(id string, e cardsystem.Echo, r cardsystem.Reply) ([]byte, error) {
	text, data := document.Reply(e, r)
	b, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}

	return d.business(answer{RequestID: id, Status: r.Code(), Message: text, Data: string(b)})
}

// EncodeBadPacket answers a frame of which only the requestId could be read.
func (d *Dialect) EncodeBadPacket(frame []byte) ([]byte, error) {
	id, beat, err := d.Sort(frame)
	if err != nil || beat {
		return nil, fmt.Errorf("%w: nobody to answer", ErrMalformed)
	}

	return d.business(answer{RequestID: id, Status: document.Codes.Code(cardsystem.SaysBadPacket), Message: "报文错误"})
}

// DecodeReply reads the answer to this very request from a frame from ReadFrame. With an
// error the reply is the zero one with Op set: Unknown.
func (d *Dialect) DecodeReply(id string, q cardsystem.Request, frame []byte) (cardsystem.Reply, error) {
	nothing := cardsystem.Reply{Op: q.Op}
	var a answer
	if err := unmarshal(frame, &a); err != nil {
		return nothing, err
	}
	if a.RequestID != id {
		return nothing, fmt.Errorf("%w: another requestId", cardsystem.ErrMismatch)
	}

	return document.ReadReply(q, a.Status, a.Message, jsonOf(a.Data))
}

// jsonOf reads a document in JSON; an empty text is none.
func jsonOf(data string) document.Decode {
	if data == "" {
		return nil
	}

	return func(v any) error { return json.Unmarshal([]byte(data), v) }
}

func unmarshal(frame []byte, v any) error {
	if len(frame) == 0 || frame[0] != typeBusiness {
		return fmt.Errorf("%w: no business frame", ErrMalformed)
	}
	if err := json.Unmarshal(frame[1:], v); err != nil {
		return fmt.Errorf("%w: not the JSON that was agreed", ErrMalformed)
	}

	return nil
}
