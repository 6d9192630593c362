package acquirersim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// signedProtocol is version 1 of payments/acquirer/signed, written from its
// specification.
type signedProtocol struct{}

// signedBody is the body of any request.
type signedBody struct {
	Serial   string `json:"serial"`
	Original string `json:"original"`
	Amount   int64  `json:"amount"`
	Subject  string `json:"subject"`
	Expires  string `json:"expires"`
	Notify   string `json:"notify"`
	PayCode  string `json:"pay_code"`
	GiveBack bool   `json:"give_back"`
}

var signedCodes = map[said]string{
	saidNone: "none", saidUsed: "used", saidPaid: "paid", saidClosed: "closed", saidBadCode: "bad-code", saidNoFunds: "no-funds",
	saidOverLimit: "over-limit", saidDeclined: "declined", saidTooMuch: "not-refundable", saidShort: "merchant-short",
	saidBad: "not-accepted", saidError: "error",
}

func (p signedProtocol) read(s *Server, in incoming) (deed, *answer) {
	stamp, nonce := in.header.Get("WK-Timestamp"), in.header.Get("WK-Nonce")
	text := strings.Join([]string{"WK1-REQUEST", in.path, in.header.Get("WK-Merchant"), stamp, nonce, in.body}, "\n") + "\n"
	if in.method != http.MethodPost || in.header.Get("WK-Merchant") != Merchant || in.header.Get("WK-Key") != KeySerial ||
		!s.signedByMerchant(text, in.header.Get("WK-Signature")) {
		return deed{}, &answer{status: http.StatusUnauthorized, body: "signature"}
	}
	if !s.timely(stamp) {
		a := p.signed(s, in, map[string]any{"merchant": Merchant, "code": "clock", "text": "timestamp"}, false)

		return deed{}, &a
	}
	if !s.fresh(nonce) {
		return deed{}, &answer{status: http.StatusUnauthorized, body: "nonce"}
	}

	var b signedBody
	d := deed{protocol: signedName, op: op(strings.TrimPrefix(in.path, "/v1/"))}
	d.bad = json.Unmarshal([]byte(in.body), &b) != nil || len(b.Serial) != 20
	d.serial, d.amount, d.subject, d.notify, d.code, d.giveBack = b.Serial, b.Amount, b.Subject, b.Notify, b.PayCode, b.GiveBack
	switch d.op {
	case opOrder:
		at, err := time.Parse(time.RFC3339, b.Expires)
		d.expires = at
		d.bad = d.bad || err != nil || b.Amount <= 0
	case opCollect:
		d.bad = d.bad || b.Amount <= 0
	case opRefund, opAskRefund:
		d.serial, d.refund = b.Original, b.Serial
		d.bad = d.bad || len(b.Original) != 20 || d.op == opRefund && b.Amount <= 0
	case opAsk, opClose:
	default:
		return deed{}, &answer{status: http.StatusNotFound}
	}

	return d, nil
}

func (p signedProtocol) write(s *Server, in incoming, d deed, o outcome, wrong bool) answer {
	return p.signed(s, in, p.say(d, o), wrong)
}

func (p signedProtocol) say(d deed, o outcome) map[string]any {
	m := map[string]any{"merchant": Merchant, "code": "ok"}
	if d.op == opRefund || d.op == opAskRefund {
		return p.sayRefund(m, d, o)
	}

	m["serial"] = d.serial
	if o.order.Serial != "" {
		m["serial"] = o.order.Serial
	}
	switch {
	case d.op == opClose && o.said == saidClosed, o.said == saidPaying, d.op == opCollect && o.said == saidPaid:
	case o.said != saidOK && o.said != saidRefunded:
		m["code"], m["text"] = signedCodes[o.said], string(o.said)

		return m
	}
	p.payment(m, o.order)
	switch {
	case d.op == opOrder:
		m["show"], m["expires"] = o.order.Show, o.order.Expires.UTC().Format(time.RFC3339)
	case d.op == opClose && o.said != saidRefunded:
		m["state"] = "closed" // a payment that crosses the closing comes after it
	}

	return m
}

func (signedProtocol) payment(m map[string]any, o Order) {
	m["state"], m["amount"], m["reference"] = string(o.State), o.Amount, o.Reference
	if o.State != Paid {
		return
	}
	m["payer"], m["paid_at"], m["refunded"] = o.Payer, o.PaidAt.UTC().Format(time.RFC3339), min(o.refunded(), o.Amount)
	if o.refunded() == o.Amount {
		m["state"] = "refunded"
	}
}

func (signedProtocol) sayRefund(m map[string]any, d deed, o outcome) map[string]any {
	m["serial"], m["original"] = d.refund, d.serial
	if o.refund.Serial != "" {
		m["serial"] = o.refund.Serial
	}
	switch {
	case o.said == saidNone && d.op == opRefund:
		m["code"] = "not-refundable"

		return m
	case o.said != saidOK:
		m["code"], m["text"] = signedCodes[o.said], string(o.said)

		return m
	}
	m["amount"], m["reference"], m["state"] = o.refund.Amount, "R"+o.order.Reference, "refunded"
	if o.late {
		m["state"] = "processing"
	}

	return m
}

func (signedProtocol) signed(s *Server, in incoming, m map[string]any, wrong bool) answer {
	body, _ := json.Marshal(m)
	stamp, nonce := s.stamp(), s.nonce()
	text := strings.Join([]string{"WK1-REPLY", in.path, Merchant, in.header.Get("WK-Nonce"), stamp, nonce, string(body)}, "\n") + "\n"

	return answer{status: http.StatusOK, header: signedHeader(stamp, nonce, s.sign(text, wrong)), body: string(body)}
}

func signedHeader(stamp, nonce, signature string) http.Header {
	return http.Header{
		"Content-Type": {"application/json"}, "Wk-Merchant": {Merchant}, "Wk-Key": {OwnKeyID},
		"Wk-Timestamp": {stamp}, "Wk-Nonce": {nonce}, "Wk-Signature": {signature},
	}
}

func (p signedProtocol) notice(s *Server, o Order, r *Refund, forged bool) (http.Header, string) {
	m := map[string]any{"merchant": Merchant, "code": "ok", "serial": o.Serial}
	if r == nil {
		p.payment(m, o)
	} else {
		p.sayRefund(m, deed{op: opAskRefund, serial: o.Serial, refund: r.Serial}, outcome{said: saidOK, order: o, refund: *r, late: s.now().Before(r.At)})
	}
	body, _ := json.Marshal(m)
	stamp, nonce := s.stamp(), s.nonce()
	text := strings.Join([]string{"WK1-NOTICE", Merchant, stamp, nonce, string(body)}, "\n") + "\n"

	return signedHeader(stamp, nonce, s.sign(text, forged)), string(body)
}

func (signedProtocol) taken(status int, _ string) bool { return status == http.StatusNoContent }
