package s2fields

import (
	"slices"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/document"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/fixedfield"
)

// Name is the dialect's.
const Name = "s2-fields"

// Table is the dialect. Each call returns a fresh copy.
func Table() fixed.Table {
	return fixed.Table{
		Name: Name, Frame: fixedfield.Frame{Digits: 8, Version: "S2F1", Code: 4}, Codes: slices.Clone(document.Codes),
		Messages: []fixed.Message{
			{Op: cardsystem.OpQuote, Request: message("CQ01", card()), Reply: quoteReply()},
			{Op: cardsystem.OpSell, Request: message("CS01", serial(), sale(), card()), Reply: message("CS02", status(), said(), booked(), sold("cardNo"))},
			{Op: cardsystem.OpAsk, Request: message("CA01", serial()), Reply: message("CA02", status(), said(), booked(), sold("cardNo"))},
			{Op: cardsystem.OpReverse, Request: message("CR01", serial(), older(fixedfield.Key), date(fixedfield.Date)), Reply: message("CR02", status(), said(), older(fixedfield.Label))},
			{Op: cardsystem.OpSteps, Request: stepsRequest(), Reply: stepsReply()},
			{Op: cardsystem.OpReport, Request: message("CW01", serial(), report()), Reply: message("CW02", status(), said())},
			{Op: cardsystem.OpTotals, Request: message("CT01", date(fixedfield.Date)), Reply: totalsReply()},
		},
	}
}

// message is a layout without a group.
func message(code string, parts ...[]fixedfield.Field) fixedfield.Layout {
	return fixedfield.Layout{Code: code, Fields: slices.Concat(parts...)}
}

// rows is a layout with a group.
func rows(l fixedfield.Layout, group []fixedfield.Field) fixedfield.Layout {
	l.Group = group

	return l
}

func number(name, as string, width int) fixedfield.Field {
	return fixedfield.Field{Name: name, As: as, Width: width, Kind: fixedfield.Number}
}

func fen(name, as string) fixedfield.Field {
	return fixedfield.Field{Name: name, As: as, Width: 12, Kind: fixedfield.Amount}
}

func label(name, as string, width int) fixedfield.Field {
	return fixedfield.Field{Name: name, As: as, Width: width, Kind: fixedfield.Label}
}

func key(name, as string, width int) fixedfield.Field {
	return fixedfield.Field{Name: name, As: as, Width: width, Kind: fixedfield.Key}
}

func count(name, as string, width int) fixedfield.Field {
	return fixedfield.Field{Name: name, As: as, Width: width, Kind: fixedfield.Count}
}

func word(name, as string, width int, values map[string]string) fixedfield.Field {
	return fixedfield.Field{Name: name, As: as, Width: width, Kind: fixedfield.Enum, Values: values}
}

func yesNo() map[string]string { return map[string]string{"yes": "Y", "no": "N"} }

// card is what a card says of itself.
func card() []fixedfield.Field {
	return []fixedfield.Field{
		key("cardNo", "cardno", 16),
		word("cardForm", "form", 9, map[string]string{"cpu": "cpu", "sle4442": "sle4442", "at88sc102": "at88sc102"}),
		word("cardType", "kind", 2, map[string]string{"blank": "00", "open-account": "01", "purchase": "02", "replacement": "03", "other": "FF"}),
		label("meterNo", "meter", 16), label("cardConsNo", "customer", 16),
		number("buyTimes", "count", 10), fen("purseAmt", "purse"), number("loadedTimes", "loaded", 10),
		{Name: "remainAmt", As: "left", Width: 13, Kind: fixedfield.Signed},
	}
}

func serial() []fixedfield.Field { return []fixedfield.Field{key("serialNo", "serial", 32)} }

func date(kind fixedfield.Kind) []fixedfield.Field {
	return []fixedfield.Field{{Name: "acctDate", As: "date", Width: 8, Kind: kind}}
}

func older(kind fixedfield.Kind) []fixedfield.Field {
	return []fixedfield.Field{{Name: "oldSerialNo", As: "original", Width: 32, Kind: kind}}
}

func sale() []fixedfield.Field {
	return append(date(fixedfield.Date), []fixedfield.Field{
		{Name: "payTime", As: "time", Width: 14, Kind: fixedfield.Stamp},
		key("consNo", "account", 16), fen("amt", "amount"),
		word("settleMode", "tender", 2, map[string]string{"cash": "01", "bankcard": "05", "qr": "21"}),
		{Name: "payMode", Width: 6, Kind: fixedfield.Literal, Value: "010302"},
		label("terminal", "kiosk", 16),
	}...)
}

func report() []fixedfield.Field {
	return []fixedfield.Field{number("buyTimes", "count", 10), word("writeCardFlag", "outcome", 1, map[string]string{"unwritten": "0", "written": "1", "unsure": "2"})}
}

// status opens every answer.
func status() []fixedfield.Field {
	return []fixedfield.Field{key("status", "code", 4), {Name: "message", As: "text", Width: 120, Kind: fixedfield.Text}}
}

// said is the serial as an answer repeats it.
func said() []fixedfield.Field { return []fixedfield.Field{label("serialNo", "serial", 32)} }

func booked() []fixedfield.Field { return []fixedfield.Field{fen("rcvAmt", "booked")} }

// sold is what is to be on a card, under the name that the message has for that.
func sold(on string) []fixedfield.Field {
	return []fixedfield.Field{label("saleNo", "number", 32), label(on, "card", 16), number("buyTimes", "count", 10), fen("purseAmt", "amount"), number("energy", "energy", 13)}
}

func quoteReply() fixedfield.Layout {
	fields := append(status(), []fixedfield.Field{
		label("cardNo", "cardno", 16), label("consNo", "account", 16),
		{Name: "consName", As: "name", Width: 120, Kind: fixedfield.Text},
		{Name: "elecAddr", As: "address", Width: 200, Kind: fixedfield.Text},
		fen("oweAmt", "arrears"), fen("minAmt", "min"), fen("maxAmt", "max"), fen("stepAmt", "step"), fen("fixedAmt", "fixed"),
		label("unwrittenSerialNo", "waiting", 32),
	}...)

	return rows(message("CQ02", fields, sold("saleCardNo"), []fixedfield.Field{count("priceNum", "lines", 3)}), []fixedfield.Field{
		label("timeSegment", "part", 8), number("upTo", "upto", 13), fen("price", "price"),
	})
}

func stepsRequest() fixedfield.Layout {
	return rows(message("CU01", serial(), card(), []fixedfield.Field{count("round", "round", 2), count("savedNum", "saved", 2)}), []fixedfield.Field{
		key("savedName", "name", 24), label("savedData", "data", 522),
	})
}

func stepsReply() fixedfield.Layout {
	fields := append(status(), said()...)
	fields = append(fields, label("cardNo", "cardno", 16), count("round", "round", 2), word("last", "last", 1, yesNo()), count("stepNum", "lines", 3))

	return rows(message("CU02", fields), []fixedfield.Field{
		word("op", "op", 6, map[string]string{"apdu": "apdu", "read": "read", "write": "write", "verify": "verify"}),
		label("data", "data", 522), label("expect", "expect", 4), label("save", "save", 24),
		count("area", "area", 1), number("address", "address", 5), number("length", "length", 3),
		word("changes", "changes", 1, yesNo()), word("purse", "purse", 1, yesNo()),
	})
}

func totalsReply() fixedfield.Layout {
	fields := append(status(), date(fixedfield.Label)...)
	fields = append(fields, fen("totalAmt", "sum"), count("totalNum", "standing", 4), count("saleNum", "lines", 4))
	outcomes := map[string]string{"unwritten": "0", "written": "1", "unsure": "2", "none": "N"}

	return rows(message("CT02", fields), []fixedfield.Field{
		key("serialNo", "serial", 32), key("consNo", "account", 16), number("buyTimes", "count", 10), fen("amt", "amount"),
		word("writeCardFlag", "outcome", 1, outcomes), word("reversed", "reversed", 1, yesNo()),
	})
}
