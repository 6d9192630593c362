package hn

import (
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
)

// Dialect is HN's dialect. Each call returns a fresh copy.
func Dialect() socket.Dialect {
	return socket.Dialect{
		Name: "hn", Frame: socket.Frame{Digits: 6, Version: "HN", Code: 6}, Codes: codes(),
		Messages: []socket.Message{
			{Op: mis.OpQuery, Request: request("110101", account()), Reply: accountReply("210101")},
			{Op: mis.OpVerify, Request: request("110102", account()), Reply: accountReply("210102")},
			{Op: mis.OpPost, Request: request("110201", payment()), Reply: postReply("210201")},
			{Op: mis.OpAsk, Request: request("110202", serial()), Reply: postReply("210202")},
			{Op: mis.OpReverse, Request: request("110203", reversal()), Reply: reversalReply("210203")},
		},
	}
}

func codes() mis.Codes {
	return mis.Codes{
		{Code: "00000", Meaning: mis.SaysOK},
		{Code: "11001", Meaning: mis.SaysNoUser},
		{Code: "11002", Meaning: mis.SaysNoRight},
		{Code: "11004", Meaning: mis.SaysDuplicate},
		{Code: "11005", Meaning: mis.SaysOverLimit},
		{Code: "11006", Meaning: mis.SaysOtherOperator},
		{Code: "11007", Meaning: mis.SaysReversed},
		{Code: "11009", Meaning: mis.SaysNone},
		{Code: "11020", Meaning: mis.SaysFailed},
		{Code: "11039", Meaning: mis.SaysAlreadyPaid},
		{Code: "11045", Meaning: mis.SaysAlreadyPaid},
		{Code: "11056", Meaning: mis.SaysNoPartial}, // not enough to clear
		{Code: "11057", Meaning: mis.SaysCrossArea},
		{Code: "11065", Meaning: mis.SaysInvoicePrinted},
	}
}

// request opens every request: who asks, and the terminal's batch.
func request(code string, fields []socket.Field) socket.Layout {
	return socket.Layout{Code: code, Fields: append([]socket.Field{
		{Name: "dsdwbh", Width: 9, Kind: socket.Label},
		{Name: "hsdw", As: "hsdwbh", Width: 9, Kind: socket.Label},
		{Name: "batch_no", Width: 10, Kind: socket.Literal, Value: "0000000000"},
	}, fields...)}
}

func account() []socket.Field {
	return []socket.Field{
		{Name: "yhbh", Width: 12, Kind: socket.Key},
		{Name: "pay_classify", Width: 2, Kind: socket.Literal, Value: "01"}, // postpaid
	}
}

func payment() []socket.Field {
	return []socket.Field{
		{Name: "transymd", As: "jysj.day", Width: 8, Kind: socket.Date},
		{Name: "transhms", As: "jysj.clock", Width: 6, Kind: socket.Clock},
		{Name: "spot_code", As: "czybh", Width: 12, Kind: socket.Label},
		{Name: "order_no", As: "jylsh", Width: 24, Kind: socket.Key},
		{Name: "yhbh", Width: 12, Kind: socket.Key},
		{Name: "zffs", As: "jsfs", Width: 1, Kind: socket.Enum, Values: map[string]string{"cash": "1", "bankcard": "2", "qr": "3"}},
		{Name: "bank_pay_mode", Width: 2, Kind: socket.Literal, Value: "02"},
		{Name: "pay_classify", Width: 2, Kind: socket.Literal, Value: "01"},
		{Name: "jfje", Width: 10, Kind: socket.Amount},
		{Name: "yhzwrq", Width: 8, Kind: socket.Date},
	}
}

func serial() []socket.Field {
	return []socket.Field{{Name: "order_no", As: "jylsh", Width: 24, Kind: socket.Key}}
}

func reversal() []socket.Field {
	return []socket.Field{
		{Name: "yhzwrq", Width: 8, Kind: socket.Date},
		{Name: "order_no", As: "czjylsh", Width: 24, Kind: socket.Key},
		{Name: "yorder_no", As: "yjylsh", Width: 24, Kind: socket.Key},
	}
}

func status() []socket.Field {
	return []socket.Field{
		{Name: "return_code", As: "retcode", Width: 5, Kind: socket.Key},
		{Name: "return_msg", As: "retmsg", Width: 80, Kind: socket.Text},
	}
}

func accountReply(code string) socket.Layout {
	return socket.Layout{
		Code: code,
		Fields: append(status(), []socket.Field{
			{Name: "yhbh", Width: 12, Kind: socket.Label},
			{Name: "yhfl", Width: 1, Kind: socket.Count},
			{Name: "yhmc", Width: 80, Kind: socket.Text},
			{Name: "yddz", Width: 160, Kind: socket.Text},
			{Name: "hjys", Width: 10, Kind: socket.Amount},
			{Name: "hjje", Width: 10, Kind: socket.Amount},
			{Name: "hjdf", Width: 10, Kind: socket.Amount},
			{Name: "hjwyj", Width: 10, Kind: socket.Amount},
			{Name: "zdje", Width: 10, Kind: socket.Amount},
			{Name: "jezbs", Width: 2, Kind: socket.Count},
		}...),
		Group: []socket.Field{
			{Name: "dfny", Width: 6, Kind: socket.Month},
			{Name: "ysbs", Width: 20, Kind: socket.Key},
			{Name: "dfje", Width: 10, Kind: socket.Amount},
			{Name: "wyjje", Width: 10, Kind: socket.Amount},
		},
	}
}

func postReply(code string) socket.Layout {
	return socket.Layout{Code: code, Fields: append(status(), []socket.Field{
		{Name: "order_no", As: "jylsh", Width: 24, Kind: socket.Label},
		{Name: "jfje", Width: 10, Kind: socket.Amount},
		{Name: "bcssje", As: "hxje", Width: 10, Kind: socket.Amount},
		{Name: "bcysje", As: "zysje", Width: 10, Kind: socket.Amount},
		{Name: "jzpzh", Width: 24, Kind: socket.Label},
	}...)}
}

func reversalReply(code string) socket.Layout {
	return socket.Layout{Code: code, Fields: append(status(), []socket.Field{
		{Name: "order_no", As: "czjylsh", Width: 24, Kind: socket.Label},
		{Name: "yorder_no", As: "yjylsh", Width: 24, Kind: socket.Label},
	}...)}
}
