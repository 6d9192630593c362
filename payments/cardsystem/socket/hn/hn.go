package hn

import (
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/fixedfield"
)

// Table is HN's dialect. Each call returns a fresh copy.
func Table() fixed.Table {
	return fixed.Table{
		Name: "hn", Frame: fixedfield.Frame{Digits: 6, Version: "HK", Code: 6}, Codes: codes(),
		Messages: []fixed.Message{
			{Op: cardsystem.OpQuote, Request: layout("120101", facts()), Reply: quoteReply("220101")},
			{Op: cardsystem.OpSell, Request: layout("120201", sale(), facts()), Reply: saleReply("220201")},
			{Op: cardsystem.OpAsk, Request: layout("120202", serial()), Reply: saleReply("220202")},
			{Op: cardsystem.OpReverse, Request: layout("120203", reversal()), Reply: layout("220203", status(), []fixedfield.Field{
				{Name: "order_no", As: "serial", Width: 24, Kind: fixedfield.Label},
				{Name: "yorder_no", As: "original", Width: 24, Kind: fixedfield.Label},
			})},
			{Op: cardsystem.OpSteps, Request: stepsRequest("120301"), Reply: stepsReply("220301")},
			{Op: cardsystem.OpReport, Request: layout("120302", serial(), []fixedfield.Field{
				{Name: "xkbz", As: "outcome", Width: 1, Kind: fixedfield.Enum, Values: outcomes()},
				{Name: "gdcs", As: "count", Width: 8, Kind: fixedfield.Number},
			}), Reply: layout("220302", status(), echo())},
			{Op: cardsystem.OpTotals, Request: layout("120401", date()), Reply: totalsReply("220401")},
		},
	}
}

func codes() cardsystem.Codes {
	return cardsystem.Codes{
		{Code: "00000", Meaning: cardsystem.SaysOK},
		{Code: "11001", Meaning: cardsystem.SaysNoUser},
		{Code: "11004", Meaning: cardsystem.SaysDuplicate},
		{Code: "11005", Meaning: cardsystem.SaysOverHoarding},
		{Code: "11007", Meaning: cardsystem.SaysReversed},
		{Code: "11009", Meaning: cardsystem.SaysNone},
		{Code: "11020", Meaning: cardsystem.SaysFailed},
		{Code: "11201", Meaning: cardsystem.SaysKeysAway},
		{Code: "11221", Meaning: cardsystem.SaysKeysAway},
		{Code: "11202", Meaning: cardsystem.SaysDuplicate},
		{Code: "11225", Meaning: cardsystem.SaysDuplicate},
		{Code: "11203", Meaning: cardsystem.SaysBought},
		{Code: "11226", Meaning: cardsystem.SaysBought},
		{Code: "11204", Meaning: cardsystem.SaysUnwritten},
		{Code: "11206", Meaning: cardsystem.SaysTariffDue},
		{Code: "11217", Meaning: cardsystem.SaysTariffDue},
		{Code: "11208", Meaning: cardsystem.SaysBlankCard},
		{Code: "11209", Meaning: cardsystem.SaysNotLoaded},
		{Code: "11212", Meaning: cardsystem.SaysNotLoaded},
		{Code: "11210", Meaning: cardsystem.SaysInProcess},
		{Code: "11211", Meaning: cardsystem.SaysCountDiffers},
		{Code: "11216", Meaning: cardsystem.SaysCountDiffers},
		{Code: "11224", Meaning: cardsystem.SaysCountDiffers},
		{Code: "11213", Meaning: cardsystem.SaysFixedAmount},
		{Code: "11214", Meaning: cardsystem.SaysArrearsFirst},
		{Code: "11215", Meaning: cardsystem.SaysWritten},
		{Code: "11219", Meaning: cardsystem.SaysOldCard},
		{Code: "11220", Meaning: cardsystem.SaysBusy},
		{Code: "11222", Meaning: cardsystem.SaysNone},
		{Code: "11223", Meaning: cardsystem.SaysTwoRecords},
		{Code: "11291", Meaning: cardsystem.SaysOtherCard},
		{Code: "11292", Meaning: cardsystem.SaysInvalidReversal},
	}
}

// layout is that of a message without a group.
func layout(code string, parts ...[]fixedfield.Field) fixedfield.Layout {
	l := fixedfield.Layout{Code: code}
	for _, p := range parts {
		l.Fields = append(l.Fields, p...)
	}

	return l
}

func outcomes() map[string]string {
	return map[string]string{"unwritten": "0", "written": "1", "unsure": "2"}
}

func yesNo() map[string]string { return map[string]string{"yes": "1", "no": "0"} }

func facts() []fixedfield.Field {
	return []fixedfield.Field{
		{Name: "kh", As: "cardno", Width: 16, Kind: fixedfield.Key},
		{Name: "kxs", As: "form", Width: 2, Kind: fixedfield.Enum, Values: map[string]string{"cpu": "01", "sle4442": "02", "at88sc102": "03"}},
		{Name: "klx", As: "kind", Width: 2, Kind: fixedfield.Enum, Values: map[string]string{"blank": "00", "open-account": "01", "purchase": "02", "replacement": "03", "other": "FF"}},
		{Name: "bh", As: "meter", Width: 16, Kind: fixedfield.Label},
		{Name: "kyhbh", As: "customer", Width: 16, Kind: fixedfield.Label},
		{Name: "gdcs", As: "count", Width: 8, Kind: fixedfield.Number},
		{Name: "qbje", As: "purse", Width: 12, Kind: fixedfield.Amount},
		{Name: "crcs", As: "loaded", Width: 8, Kind: fixedfield.Number},
		{Name: "syje", As: "left", Width: 13, Kind: fixedfield.Signed},
	}
}

func sale() []fixedfield.Field {
	return []fixedfield.Field{
		{Name: "order_no", As: "serial", Width: 24, Kind: fixedfield.Key},
		{Name: "yhbh", As: "account", Width: 12, Kind: fixedfield.Key},
		{Name: "gdje", As: "amount", Width: 12, Kind: fixedfield.Amount},
		{Name: "yhzwrq", As: "date", Width: 8, Kind: fixedfield.Date},
		{Name: "jysj", As: "time", Width: 14, Kind: fixedfield.Stamp},
		{Name: "zffs", As: "tender", Width: 1, Kind: fixedfield.Enum, Values: map[string]string{"cash": "1", "bankcard": "2", "qr": "3"}},
		{Name: "spot_code", As: "kiosk", Width: 12, Kind: fixedfield.Label},
	}
}

func serial() []fixedfield.Field {
	return []fixedfield.Field{{Name: "order_no", As: "serial", Width: 24, Kind: fixedfield.Key}}
}

func date() []fixedfield.Field {
	return []fixedfield.Field{{Name: "yhzwrq", As: "date", Width: 8, Kind: fixedfield.Date}}
}

func reversal() []fixedfield.Field {
	return []fixedfield.Field{
		{Name: "yhzwrq", As: "date", Width: 8, Kind: fixedfield.Date},
		{Name: "order_no", As: "serial", Width: 24, Kind: fixedfield.Key},
		{Name: "yorder_no", As: "original", Width: 24, Kind: fixedfield.Key},
	}
}

func stepsRequest(code string) fixedfield.Layout {
	l := layout(code, serial(), facts(), []fixedfield.Field{
		{Name: "lc", As: "round", Width: 2, Kind: fixedfield.Count},
		{Name: "fhts", As: "saved", Width: 2, Kind: fixedfield.Count},
	})
	l.Group = []fixedfield.Field{
		{Name: "mc", As: "name", Width: 24, Kind: fixedfield.Key},
		{Name: "sj", As: "data", Width: 522, Kind: fixedfield.Label},
	}

	return l
}

// status opens every reply.
func status() []fixedfield.Field {
	return []fixedfield.Field{
		{Name: "return_code", As: "code", Width: 5, Kind: fixedfield.Key},
		{Name: "return_msg", As: "text", Width: 80, Kind: fixedfield.Text},
	}
}

func echo() []fixedfield.Field {
	return []fixedfield.Field{{Name: "order_no", As: "serial", Width: 24, Kind: fixedfield.Label}}
}

func sold() []fixedfield.Field {
	return []fixedfield.Field{
		{Name: "sdbh", As: "number", Width: 24, Kind: fixedfield.Label},
		{Name: "sdkh", As: "card", Width: 16, Kind: fixedfield.Label},
		{Name: "gdcs", As: "count", Width: 8, Kind: fixedfield.Number},
		{Name: "qbje", As: "amount", Width: 12, Kind: fixedfield.Amount},
		{Name: "gdl", As: "energy", Width: 12, Kind: fixedfield.Number},
	}
}

func saleReply(code string) fixedfield.Layout {
	return layout(code, status(), echo(), sold(), []fixedfield.Field{{Name: "jzje", As: "booked", Width: 12, Kind: fixedfield.Amount}})
}

func quoteReply(code string) fixedfield.Layout {
	l := layout(code, status(), []fixedfield.Field{
		{Name: "kh", As: "cardno", Width: 16, Kind: fixedfield.Label},
		{Name: "yhbh", As: "account", Width: 12, Kind: fixedfield.Label},
		{Name: "yhmc", As: "name", Width: 80, Kind: fixedfield.Text},
		{Name: "yddz", As: "address", Width: 160, Kind: fixedfield.Text},
		{Name: "qfje", As: "arrears", Width: 12, Kind: fixedfield.Amount},
		{Name: "zxje", As: "min", Width: 12, Kind: fixedfield.Amount},
		{Name: "zdje", As: "max", Width: 12, Kind: fixedfield.Amount},
		{Name: "bsje", As: "step", Width: 12, Kind: fixedfield.Amount},
		{Name: "dlje", As: "fixed", Width: 12, Kind: fixedfield.Amount},
		{Name: "wxorder_no", As: "waiting", Width: 24, Kind: fixedfield.Label},
	}, sold(), []fixedfield.Field{{Name: "djbs", As: "lines", Width: 2, Kind: fixedfield.Count}})
	l.Group = []fixedfield.Field{
		{Name: "sd", As: "part", Width: 8, Kind: fixedfield.Label},
		{Name: "sxdl", As: "upto", Width: 12, Kind: fixedfield.Number},
		{Name: "dj", As: "price", Width: 12, Kind: fixedfield.Amount},
	}

	return l
}

func stepsReply(code string) fixedfield.Layout {
	l := layout(code, status(), echo(), []fixedfield.Field{
		{Name: "kh", As: "cardno", Width: 16, Kind: fixedfield.Label},
		{Name: "lc", As: "round", Width: 2, Kind: fixedfield.Count},
		{Name: "zhbz", As: "last", Width: 1, Kind: fixedfield.Enum, Values: yesNo()},
		{Name: "zlts", As: "lines", Width: 2, Kind: fixedfield.Count},
	})
	l.Group = []fixedfield.Field{
		{Name: "czlx", As: "op", Width: 1, Kind: fixedfield.Enum, Values: map[string]string{"apdu": "A", "read": "R", "write": "W", "verify": "V"}},
		{Name: "ccq", As: "area", Width: 1, Kind: fixedfield.Count},
		{Name: "dz", As: "address", Width: 5, Kind: fixedfield.Number},
		{Name: "cd", As: "length", Width: 3, Kind: fixedfield.Number},
		{Name: "ztz", As: "expect", Width: 4, Kind: fixedfield.Label},
		{Name: "mc", As: "save", Width: 24, Kind: fixedfield.Label},
		{Name: "xbz", As: "changes", Width: 1, Kind: fixedfield.Enum, Values: yesNo()},
		{Name: "qbbz", As: "purse", Width: 1, Kind: fixedfield.Enum, Values: yesNo()},
		{Name: "sj", As: "data", Width: 522, Kind: fixedfield.Label},
	}

	return l
}

func totalsReply(code string) fixedfield.Layout {
	l := layout(code, status(), []fixedfield.Field{
		{Name: "yhzwrq", As: "date", Width: 8, Kind: fixedfield.Label},
		{Name: "yxbs", As: "standing", Width: 4, Kind: fixedfield.Count},
		{Name: "yxje", As: "sum", Width: 12, Kind: fixedfield.Amount},
		{Name: "mxbs", As: "lines", Width: 4, Kind: fixedfield.Count},
	})
	written := outcomes()
	written["none"] = "9"
	l.Group = []fixedfield.Field{
		{Name: "order_no", As: "serial", Width: 24, Kind: fixedfield.Key},
		{Name: "yhbh", As: "account", Width: 12, Kind: fixedfield.Key},
		{Name: "gdje", As: "amount", Width: 12, Kind: fixedfield.Amount},
		{Name: "gdcs", As: "count", Width: 8, Kind: fixedfield.Number},
		{Name: "czbz", As: "reversed", Width: 1, Kind: fixedfield.Enum, Values: yesNo()},
		{Name: "xkbz", As: "outcome", Width: 1, Kind: fixedfield.Enum, Values: written},
	}

	return l
}
