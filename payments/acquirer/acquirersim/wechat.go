package acquirersim

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// wechatProtocol is WeChat Pay's API v3 as its documents have it: signed headers
// over JSON, and a status of HTTP for every refusal.
type wechatProtocol struct{}

// wechatError is how a refusal is written.
type wechatError struct {
	status        int
	code, message string
}

var wechatErrors = map[said]wechatError{
	saidNone:      {http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在"},
	saidUsed:      {http.StatusForbidden, "OUT_TRADE_NO_USED", "商户订单号重复"},
	saidPaid:      {http.StatusBadRequest, "ORDERPAID", "订单已支付"},
	saidClosed:    {http.StatusBadRequest, "ORDER_CLOSED", "订单已关闭"},
	saidPaying:    {http.StatusBadRequest, "USERPAYING", "用户支付中，需要输入密码"},
	saidBadCode:   {http.StatusBadRequest, "AUTH_CODE_INVALID", "付款码无效"},
	saidNoFunds:   {http.StatusForbidden, "NOT_ENOUGH", "余额不足"},
	saidOverLimit: {http.StatusForbidden, "RULE_LIMIT", "超出限额"},
	saidDeclined:  {http.StatusForbidden, "ACCOUNT_ERROR", "支付失败"},
	saidTooMuch:   {http.StatusBadRequest, "INVALID_REQUEST", "退款金额超出"},
	saidShort:     {http.StatusForbidden, "NOT_ENOUGH", "可用退款余额不足"},
	saidBad:       {http.StatusBadRequest, "PARAM_ERROR", "参数错误"},
	saidError:     {http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常"},
}

var (
	wechatAuth = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 (.+)$`)
	wechatPair = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
	wechatPath = regexp.MustCompile(`^/v3/pay/transactions/out-trade-no/([0-9A-Za-z_*-]+)(/close|/reverse)?$`)
	refundPath = regexp.MustCompile(`^/v3/refund/domestic/refunds/([0-9A-Za-z_*-]+)$`)
)

// wechatBody is the body of any request.
type wechatBody struct {
	App         string `json:"appid"`
	Merchant    string `json:"mchid"`
	Description string `json:"description"`
	Serial      string `json:"out_trade_no"`
	Refund      string `json:"out_refund_no"`
	Expire      string `json:"time_expire"`
	Notify      string `json:"notify_url"`
	Amount      struct {
		Total    int64  `json:"total"`
		Refund   int64  `json:"refund"`
		Currency string `json:"currency"`
	} `json:"amount"`
	Payer struct {
		Code string `json:"auth_code"`
	} `json:"payer"`
	Scene struct {
		Store struct {
			ID string `json:"id"`
		} `json:"store_info"`
	} `json:"scene_info"`
}

func (p wechatProtocol) read(s *Server, in incoming) (deed, *answer) {
	m := wechatAuth.FindStringSubmatch(in.header.Get("Authorization"))
	if m == nil {
		return deed{}, p.unsigned()
	}
	auth := map[string]string{}
	for _, pair := range wechatPair.FindAllStringSubmatch(m[1], -1) {
		auth[pair[1]] = pair[2]
	}
	text := in.method + "\n" + in.uri + "\n" + auth["timestamp"] + "\n" + auth["nonce_str"] + "\n" + in.body + "\n"
	if auth["mchid"] != Merchant || auth["serial_no"] != KeySerial || !s.timely(auth["timestamp"]) ||
		!s.signedByMerchant(text, auth["signature"]) || !s.fresh(auth["nonce_str"]) {
		return deed{}, p.unsigned()
	}

	d := p.deed(in)
	if d.op == "" {
		a := p.signed(s, http.StatusNotFound, `{"code":"RESOURCE_NOT_EXISTS","message":"no such path"}`, false)

		return deed{}, &a
	}

	return d, nil
}

// unsigned is how a request is answered that cannot be attributed.
func (wechatProtocol) unsigned() *answer {
	return &answer{
		status: http.StatusUnauthorized, header: http.Header{"Content-Type": {"application/json"}},
		body: `{"code":"SIGN_ERROR","message":"签名错误"}`,
	}
}

func (p wechatProtocol) deed(in incoming) deed {
	d := deed{protocol: wechatName}
	if m := wechatPath.FindStringSubmatch(in.path); m != nil && in.method == http.MethodGet && m[2] == "" {
		d.op, d.serial, d.bad = opAsk, m[1], in.query.Get("mchid") != Merchant

		return d
	}
	if m := refundPath.FindStringSubmatch(in.path); m != nil && in.method == http.MethodGet {
		d.op, d.refund = opAskRefund, m[1]

		return d
	}

	var b wechatBody
	d.bad = json.Unmarshal([]byte(in.body), &b) != nil || in.method != http.MethodPost
	d.serial, d.refund, d.subject, d.notify, d.amount = b.Serial, b.Refund, b.Description, b.Notify, b.Amount.Total
	switch m := wechatPath.FindStringSubmatch(in.path); {
	case m != nil && m[2] != "":
		d.op, d.serial, d.bad = opClose, m[1], d.bad || b.Merchant != Merchant
		d.giveBack, d.forPaid = m[2] == "/reverse", m[2] == "/reverse"
	case in.path == "/v3/pay/transactions/native":
		d.op = opOrder
		at, err := time.Parse(time.RFC3339, b.Expire)
		d.expires = at
		d.bad = d.bad || err != nil || !p.ours(b) || b.Notify == ""
	case in.path == "/v3/pay/transactions/codepay":
		d.op, d.code = opCollect, b.Payer.Code
		d.bad = d.bad || !p.ours(b) || b.Scene.Store.ID == ""
	case in.path == "/v3/refund/domestic/refunds":
		d.op, d.amount = opRefund, b.Amount.Refund
		d.bad = d.bad || b.Refund == "" || b.Serial == "" || b.Amount.Refund <= 0 || b.Amount.Currency != "CNY"
	}

	return d
}

func (wechatProtocol) ours(b wechatBody) bool {
	return b.App == App && b.Merchant == Merchant && b.Serial != "" && b.Description != "" && b.Amount.Total > 0 && b.Amount.Currency == "CNY"
}

func (p wechatProtocol) write(s *Server, _ incoming, d deed, o outcome, wrong bool) answer {
	done := o.said == saidOK || o.said == saidRefunded
	if !done {
		e := wechatErrors[o.said]
		if o.said == saidNone && (d.op == opRefund || d.op == opAskRefund) {
			e.code = "RESOURCE_NOT_EXISTS"
		}
		body, _ := json.Marshal(map[string]string{"code": e.code, "message": e.message})

		return p.signed(s, e.status, string(body), wrong)
	}

	var m map[string]any
	switch d.op {
	case opOrder:
		m = map[string]any{"code_url": o.order.Show}
	case opCollect, opAsk:
		m = p.transaction(o.order)
	case opClose:
		return p.signed(s, http.StatusNoContent, "", wrong)
	case opRefund, opAskRefund:
		m = p.refund(o.order, o.refund, o.late)
	}
	body, _ := json.Marshal(m)

	return p.signed(s, http.StatusOK, string(body), wrong)
}

func (wechatProtocol) signed(s *Server, status int, body string, wrong bool) answer {
	return answer{status: status, header: wechatHeader(s, body, wrong), body: body}
}

func wechatHeader(s *Server, body string, wrong bool) http.Header {
	stamp, nonce := s.stamp(), s.nonce()

	return http.Header{
		"Content-Type": {"application/json"}, "Request-Id": {nonce}, "Wechatpay-Timestamp": {stamp}, "Wechatpay-Nonce": {nonce},
		"Wechatpay-Serial": {OwnKeyID}, "Wechatpay-Signature": {s.sign(stamp+"\n"+nonce+"\n"+body+"\n", wrong)},
	}
}

func (wechatProtocol) transaction(o Order) map[string]any {
	m := map[string]any{
		"appid": App, "mchid": Merchant, "out_trade_no": o.Serial, "trade_state": wechatState(o), "trade_state_desc": string(o.State),
		"amount": map[string]any{"total": o.Amount, "payer_total": o.Amount, "currency": "CNY", "payer_currency": "CNY"},
	}
	if o.State == Paid {
		m["transaction_id"], m["trade_type"] = o.Reference, "NATIVE"
		m["payer"] = map[string]string{"openid": "oUpF8u" + o.Payer + "QzX"}
		m["success_time"] = o.PaidAt.In(beijing).Format(time.RFC3339)
	}

	return m
}

func wechatState(o Order) string {
	_, revoked := o.refund(closingRefund(o.Serial))
	switch {
	case o.State == Paid && revoked:
		return "REVOKED"
	case o.State == Paid && len(o.Refunds) > 0:
		return "REFUND"
	case o.State == Paid:
		return "SUCCESS"
	case o.State == Paying:
		return "USERPAYING"
	case o.State == Unpaid:
		return "NOTPAY"
	case o.Collected:
		return "REVOKED"
	}

	return "CLOSED"
}

func (wechatProtocol) refund(o Order, r Refund, late bool) map[string]any {
	status := "SUCCESS"
	if late {
		status = "PROCESSING"
	}

	return map[string]any{
		"refund_id": "5030" + o.Reference, "out_refund_no": r.Serial, "transaction_id": o.Reference, "out_trade_no": o.Serial,
		"channel": "ORIGINAL", "user_received_account": "零钱", "create_time": o.PaidAt.In(beijing).Format(time.RFC3339), "status": status,
		"amount": map[string]any{"total": o.Amount, "refund": r.Amount, "payer_total": o.Amount, "payer_refund": r.Amount, "settlement_refund": r.Amount, "settlement_total": o.Amount, "discount_refund": 0, "currency": "CNY"},
	}
}

func (p wechatProtocol) notice(s *Server, o Order, r *Refund, forged bool) (http.Header, string) {
	event, content := "TRANSACTION.SUCCESS", p.transaction(o)
	if r != nil {
		event = "REFUND.SUCCESS"
		content = map[string]any{
			"mchid": Merchant, "out_trade_no": o.Serial, "transaction_id": o.Reference, "out_refund_no": r.Serial, "refund_status": "SUCCESS",
			"amount": map[string]any{"total": o.Amount, "refund": r.Amount, "payer_total": o.Amount, "payer_refund": r.Amount},
		}
	} else if o.State == Paid {
		content["trade_state"] = "SUCCESS"
	}
	plain, _ := json.Marshal(content)
	nonce := fmt.Sprintf("%012d", s.next())
	body, _ := json.Marshal(map[string]any{
		"id": s.nonce(), "create_time": s.now().In(beijing).Format(time.RFC3339), "resource_type": "encrypt-resource", "event_type": event, "summary": "支付成功",
		"resource": map[string]string{
			"original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "associated_data": "transaction", "nonce": nonce,
			"ciphertext": seal(nonce, "transaction", plain),
		},
	})

	return wechatHeader(s, string(body), forged), string(body)
}

// seal encrypts with the API v3 key.
func seal(nonce, associated string, plain []byte) string {
	block, err := aes.NewCipher([]byte(APIv3))
	if err != nil {
		panic(fmt.Sprintf("acquirersim: %v", err))
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(fmt.Sprintf("acquirersim: %v", err))
	}

	return base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte(associated)))
}

func (wechatProtocol) taken(status int, body string) bool {
	return (status == http.StatusOK || status == http.StatusNoContent) && !strings.Contains(body, "FAIL")
}
