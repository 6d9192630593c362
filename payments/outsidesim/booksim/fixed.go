package booksim

import (
	"fmt"
	"strings"
)

// Ledger104 is the form of 104 characters a line, CR and LF after each:
//
//	terminal 8, serial 20, batch 10, pay class 2 (01 bill, 02 power), account date 10,
//	amount 15, pay mode 6, settle mode 2 (01 cash, 05 POS, 21 QR), cheque 12, customer 12,
//	unit 7
//
// each padded on its left. What went back is not in it. On a quiet day it has no byte.
func Ledger104() Form { return Form{Kind: "104", write: write104, names: names104} }

// unit is whom the simulated utility pays in to.
const unit = "3301"

// channel is who collects, in the names of files.
const channel = "WK"

func write104(d day) []byte {
	var b strings.Builder
	for _, l := range d.lines {
		if l.Back {
			continue
		}
		class, mode := "01", "010301"
		if l.Sold {
			class, mode = "02", "010302"
		}
		fmt.Fprintf(&b, "%8s%20s%10s%2s%10s%15s%6s%2s%12s%12s%7s\r\n",
			l.Terminal, l.Serial, l.Batch, class, dashed(l.Date), l.Amount, mode, settleMode(l), "", l.Account, unit)
	}

	return []byte(b.String())
}

func settleMode(l Line) string {
	switch l.Tender {
	case "bankcard", "bank":
		return "05"
	case "qr":
		return "21"
	}

	return "01"
}

// names104 divides a day by terminal, class (01 prepaid, 02 postpaid, as the names have it)
// and settle mode.
func names104(d day) map[string]day {
	files := map[string]day{}
	for _, l := range d.lines {
		class := "02"
		if l.Sold {
			class = "01"
		}
		name := fmt.Sprintf("%s_%s_%s_%s_%s_%s_%s01.txt", channel, l.Terminal, class, settleMode(l), unit, d.date, d.date)
		f := files[name]
		f.date, f.lines = d.date, append(f.lines, l)
		files[name] = f
	}

	return files
}

// POSPDetail is the form of 519 bytes a line, CR and LF after each, whose first 184 are
//
//	card 19, amount 12 (fen), currency 3, time 10 (MMddHHmmss), trace 6, authorisation 6,
//	date 4, reference 12, agency 11, sender 11, category 4, terminal 8, merchant 15, name 40,
//	original 23
//
// It is what the bank clears: what went back within the day is not in it.
func POSPDetail() Form {
	return Form{Kind: "posp", write: writePOSP, names: func(d day) map[string]day { return map[string]day{"POSDTLFILE" + d.date: d} }}
}

func writePOSP(d day) []byte {
	var b strings.Builder
	for _, l := range d.lines {
		if l.Back {
			continue
		}
		head := fmt.Sprintf("%-19s%012d156%s%06s%-6s%s%-12s%-11s%-11s4900%-8s%-15s%-40s%23s",
			l.Card, int64(l.Amount), l.At.Format("0102150405"), l.Trace, l.AuthCode, l.Date[4:], l.Reference, "48020000", "00010000", l.Terminal, l.Merchant, "WATTKIOSK", "")
		fmt.Fprintf(&b, "%-519s\r\n", head)
	}

	return []byte(b.String())
}
