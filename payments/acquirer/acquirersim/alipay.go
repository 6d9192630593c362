package acquirersim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// alipayProtocol is Alipay's open platform as its documents have it: a signed form
// in, a signed member of a JSON object out.
type alipayProtocol struct{}

var (
	beijing      = time.FixedZone("UTC+8", 8*60*60)
	alipayDetail = map[said][2]string{
		saidUsed:      {"ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"},
		saidPaid:      {"ACQ.TRADE_HAS_SUCCESS", "交易已被支付"},
		saidClosed:    {"ACQ.TRADE_HAS_CLOSE", "交易已经关闭"},
		saidNone:      {"ACQ.TRADE_NOT_EXIST", "交易不存在"},
		saidBadCode:   {"ACQ.PAYMENT_AUTH_CODE_INVALID", "支付授权码无效"},
		saidNoFunds:   {"ACQ.BUYER_BALANCE_NOT_ENOUGH", "余额不足"},
		saidOverLimit: {"ACQ.BEYOND_PER_RECEIPT_RESTRICTION", "超出单笔限额"},
		saidDeclined:  {"ACQ.PAYMENT_FAIL", "支付失败"},
		saidTooMuch:   {"ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"},
		saidShort:     {"ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"},
		saidBad:       {"ACQ.INVALID_PARAMETER", "参数无效"},
	}
)

const alipayTime = "2006-01-02 15:04:05"

var alipayOps = map[string]op{
	"alipay.trade.precreate":            opOrder,
	"alipay.trade.pay":                  opCollect,
	"alipay.trade.query":                opAsk,
	"alipay.trade.cancel":               opClose,
	"alipay.trade.refund":               opRefund,
	"alipay.trade.fastpay.refund.query": opAskRefund,
}

// biz is the biz_content of a request.
type biz struct {
	Serial  string `json:"out_trade_no"`
	Total   string `json:"total_amount"`
	Subject string `json:"subject"`
	Expire  string `json:"time_expire"`
	Scene   string `json:"scene"`
	Code    string `json:"auth_code"`
	Refund  string `json:"out_request_no"`
	Back    string `json:"refund_amount"`
}

func (p alipayProtocol) read(s *Server, in incoming) (deed, *answer) {
	form, err := url.ParseQuery(in.body)
	method := form.Get("method")
	refuse := func(detail string) (deed, *answer) {
		a := p.unsigned(method, detail)

		return deed{}, &a
	}
	if err != nil || form.Get("sign_type") != "RSA2" || form.Get("app_id") != App || form.Get("version") != "1.0" {
		return refuse("isv.invalid-app-id")
	}
	if !s.signedByMerchant(sorted(form, "sign"), form.Get("sign")) {
		return refuse("isv.invalid-signature")
	}
	at, err := time.ParseInLocation(alipayTime, form.Get("timestamp"), beijing)
	if err != nil || !s.near(at) {
		return refuse("isv.invalid-timestamp")
	}
	operation, known := alipayOps[method]
	if !known {
		return refuse("isv.invalid-method")
	}

	return p.deed(operation, form), nil
}

func (alipayProtocol) deed(operation op, form url.Values) deed {
	var b biz
	err := json.Unmarshal([]byte(form.Get("biz_content")), &b)
	d := deed{
		op: operation, protocol: alipayName, serial: b.Serial, refund: b.Refund, subject: b.Subject, code: b.Code,
		notify: form.Get("notify_url"), giveBack: true,
		bad: err != nil || b.Serial == "",
	}
	switch operation {
	case opOrder, opCollect:
		amount, ok := fen(b.Total)
		d.amount = amount
		d.bad = d.bad || !ok || b.Subject == "" || operation == opCollect && b.Scene != "bar_code"
		if operation == opOrder {
			d.expires, err = time.ParseInLocation(alipayTime, b.Expire, beijing)
			d.bad = d.bad || err != nil
		}
	case opRefund:
		amount, ok := fen(b.Back)
		d.amount = amount
		d.bad = d.bad || !ok || b.Refund == ""
	case opAskRefund:
		d.bad = d.bad || b.Refund == ""
	}

	return d
}

// sorted is the text that is signed: name=value of all that is not empty, sorted
// by name.
func sorted(form url.Values, without ...string) string {
	var pairs []string
	for name, values := range form {
		for _, v := range values {
			if v != "" && !slices.Contains(without, name) {
				pairs = append(pairs, name+"="+v)
			}
		}
	}
	slices.Sort(pairs)

	return strings.Join(pairs, "&")
}

// unsigned is how a gateway answers a request that it cannot attribute.
func (alipayProtocol) unsigned(method, detail string) answer {
	body, _ := json.Marshal(map[string]any{member(method): map[string]string{
		"code": "40002", "msg": "Invalid Arguments", "sub_code": detail, "sub_msg": detail,
	}})

	return answer{status: http.StatusOK, body: string(body)}
}

func member(method string) string { return strings.ReplaceAll(method, ".", "_") + "_response" }

func (p alipayProtocol) write(s *Server, in incoming, d deed, o outcome, wrong bool) answer {
	said := p.say(d, o)
	inner, _ := json.Marshal(said)
	form, _ := url.ParseQuery(in.body)
	body := fmt.Sprintf(`{%q:%s,"sign":%q}`, member(form.Get("method")), inner, s.sign(string(inner), wrong))

	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html;charset=utf-8"}}, body: body}
}

func (p alipayProtocol) say(d deed, o outcome) map[string]any {
	switch {
	case o.said == saidError:
		return map[string]any{"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "aop.ACQ.SYSTEM_ERROR", "sub_msg": "系统错误"}
	case o.said == saidBad:
		return refusal(o.said)
	case d.op == opClose:
		return p.cancelled(d, o)
	case d.op == opAsk && o.said == saidOK && !o.order.Scanned:
		return refusal(saidNone) // a precreated order is no trade before it is scanned
	case o.said == saidPaying && d.op == opCollect:
		return map[string]any{"code": "10003", "msg": "order success pay inprocess", "out_trade_no": o.order.Serial, "trade_no": o.order.Reference, "buyer_logon_id": o.order.Payer, "total_amount": decimal(o.order.Amount)}
	case d.op == opAskRefund && o.said == saidNone && o.order.Serial != "":
		return map[string]any{"code": "10000", "msg": "Success"}
	case o.said != saidOK:
		return refusal(o.said)
	}

	m := map[string]any{"code": "10000", "msg": "Success", "out_trade_no": o.order.Serial}
	switch d.op {
	case opOrder:
		m["qr_code"] = o.order.Show
	case opCollect, opAsk:
		p.trade(m, o.order)
	case opRefund:
		m["trade_no"], m["buyer_logon_id"], m["refund_fee"] = o.order.Reference, o.order.Payer, decimal(o.order.refunded())
		m["fund_change"] = "Y"
		if o.repeated || o.late {
			m["fund_change"] = "N"
		}
	case opAskRefund:
		m["trade_no"], m["out_request_no"], m["refund_amount"] = o.order.Reference, o.refund.Serial, decimal(o.refund.Amount)
		m["total_amount"], m["refund_status"] = decimal(o.order.Amount), "REFUND_SUCCESS"
		if o.late {
			m["refund_status"] = "REFUND_PROCESSING"
		}
	}

	return m
}

func refusal(w said) map[string]any {
	return map[string]any{"code": "40004", "msg": "Business Failed", "sub_code": alipayDetail[w][0], "sub_msg": alipayDetail[w][1]}
}

// trade writes the members of a trade.
func (alipayProtocol) trade(m map[string]any, o Order) {
	m["trade_no"], m["total_amount"], m["trade_status"] = o.Reference, decimal(o.Amount), alipayStatus(o)
	if o.State == Paid {
		m["buyer_logon_id"], m["buyer_pay_amount"], m["receipt_amount"] = o.Payer, decimal(o.Amount), decimal(o.Amount)
		m["send_pay_date"], m["gmt_payment"] = o.PaidAt.In(beijing).Format(alipayTime), o.PaidAt.In(beijing).Format(alipayTime)
	}
}

func alipayStatus(o Order) string {
	switch {
	case o.State == Paid && o.refunded() < o.Amount:
		return "TRADE_SUCCESS"
	case o.State == Unpaid || o.State == Paying:
		return "WAIT_BUYER_PAY"
	}

	return "TRADE_CLOSED"
}

// cancelled answers a cancel: also one of a trade that is not there succeeds, with
// no action.
func (alipayProtocol) cancelled(d deed, o outcome) map[string]any {
	if o.said == saidShort {
		return refusal(o.said)
	}
	serial := o.order.Serial
	if serial == "" {
		serial = d.serial
	}
	m := map[string]any{"code": "10000", "msg": "Success", "out_trade_no": serial, "retry_flag": "N"}
	switch {
	case o.said == saidRefunded:
		m["action"], m["trade_no"] = "refund", o.order.Reference
	case o.said != saidNone && o.order.Scanned:
		m["action"], m["trade_no"] = "close", o.order.Reference
	}

	return m
}

func (alipayProtocol) notice(s *Server, o Order, r *Refund, forged bool) (http.Header, string) {
	form := url.Values{
		"notify_time": {s.now().In(beijing).Format(alipayTime)}, "notify_type": {"trade_status_sync"}, "notify_id": {s.nonce()},
		"app_id": {App}, "seller_id": {Seller}, "charset": {"utf-8"}, "version": {"1.0"}, "sign_type": {"RSA2"},
		"trade_no": {o.Reference}, "out_trade_no": {o.Serial}, "subject": {o.Subject}, "trade_status": {alipayStatus(o)},
		"total_amount": {decimal(o.Amount)}, "receipt_amount": {decimal(o.Amount)}, "buyer_logon_id": {o.Payer},
		"gmt_payment": {o.PaidAt.In(beijing).Format(alipayTime)},
	}
	if r != nil {
		form.Set("out_biz_no", r.Serial)
		form.Set("refund_fee", decimal(o.refunded()))
		form.Set("gmt_refund", r.At.In(beijing).Format(alipayTime+".000"))
	}
	form.Set("sign", s.sign(sorted(form, "sign", "sign_type"), forged))
	body := form.Encode()

	return http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}, "Content-Length": {strconv.Itoa(len(body))}}, body
}

func (alipayProtocol) taken(_ int, body string) bool { return body == "success" }
