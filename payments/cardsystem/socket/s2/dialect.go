package s2

import (
	"encoding/json"
	"fmt"

	"wattkiosk/payments/cardsystem"
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

// codes are read-only. Those of cards are the reference's, without the province's first
// digit; 9xxx are ours.
var codes = cardsystem.Codes{
	{Code: "0000", Meaning: cardsystem.SaysOK},
	{Code: "1004", Meaning: cardsystem.SaysDuplicate},
	{Code: "1001", Meaning: cardsystem.SaysNoUser},
	{Code: "1007", Meaning: cardsystem.SaysReversed},
	{Code: "1009", Meaning: cardsystem.SaysNone},
	{Code: "1020", Meaning: cardsystem.SaysFailed},
	{Code: "1201", Meaning: cardsystem.SaysKeysAway},
	{Code: "1202", Meaning: cardsystem.SaysDuplicate},
	{Code: "1203", Meaning: cardsystem.SaysBought},
	{Code: "1204", Meaning: cardsystem.SaysUnwritten},
	{Code: "1206", Meaning: cardsystem.SaysTariffDue},
	{Code: "1217", Meaning: cardsystem.SaysTariffDue},
	{Code: "1208", Meaning: cardsystem.SaysBlankCard},
	{Code: "1209", Meaning: cardsystem.SaysNotLoaded},
	{Code: "1212", Meaning: cardsystem.SaysNotLoaded},
	{Code: "1210", Meaning: cardsystem.SaysInProcess},
	{Code: "1211", Meaning: cardsystem.SaysCountDiffers},
	{Code: "1216", Meaning: cardsystem.SaysCountDiffers},
	{Code: "1224", Meaning: cardsystem.SaysCountDiffers},
	{Code: "1213", Meaning: cardsystem.SaysFixedAmount},
	{Code: "1214", Meaning: cardsystem.SaysArrearsFirst},
	{Code: "1215", Meaning: cardsystem.SaysWritten},
	{Code: "1219", Meaning: cardsystem.SaysOldCard},
	{Code: "1220", Meaning: cardsystem.SaysBusy},
	{Code: "1222", Meaning: cardsystem.SaysNone},
	{Code: "1223", Meaning: cardsystem.SaysTwoRecords},
	{Code: "9001", Meaning: cardsystem.SaysBadPacket},
	{Code: "9002", Meaning: cardsystem.SaysOtherCard},
	{Code: "9003", Meaning: cardsystem.SaysNotOpened},
	{Code: "9004", Meaning: cardsystem.SaysOverHoarding},
	{Code: "9005", Meaning: cardsystem.SaysBelowMinimum},
	{Code: "9006", Meaning: cardsystem.SaysNotMultiple},
	{Code: "9007", Meaning: cardsystem.SaysInvalidReversal},
	{Code: "9008", Meaning: cardsystem.SaysNoNextDay},
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
func (*Dialect) Codes() cardsystem.Codes { return codes }

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
	body, err := requestBody(r)
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
			r, err := readRequest(op, []byte(e.Data))

			return e.RequestID, r, err
		}
	}

	return e.RequestID, cardsystem.Request{}, fmt.Errorf("%w: no service %.32q.%.32q", ErrMalformed, e.Type, e.Method)
}

// EncodeReply writes the answer to a request as it travels, with the echo e.
func (d *Dialect) EncodeReply(id string, e cardsystem.Echo, r cardsystem.Reply) ([]byte, error) {
	text, data := replyBody(e, r)
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

	return d.business(answer{RequestID: id, Status: codes.Code(cardsystem.SaysBadPacket), Message: "报文错误"})
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
	if a.Status == "" || len(a.Status) > maxCode {
		return nothing, fmt.Errorf("%w: status of %d characters", ErrMalformed, len(a.Status))
	}

	v := codes.Classify(q.Op, a.Status)
	r, err := readReply(q, a, v)
	if err != nil {
		return nothing, err
	}

	return cardsystem.Conclude(codes, q, r)
}

// maxCode bounds a status.
const maxCode = 16

func unmarshal(frame []byte, v any) error {
	if len(frame) == 0 || frame[0] != typeBusiness {
		return fmt.Errorf("%w: no business frame", ErrMalformed)
	}
	if err := json.Unmarshal(frame[1:], v); err != nil {
		return fmt.Errorf("%w: not the JSON that was agreed", ErrMalformed)
	}

	return nil
}
