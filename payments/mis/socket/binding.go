package socket

import "wattkiosk/payments/mis"

const countName = "jezbs"

// Unit names who collects for whom; both may be empty.
type Unit struct {
	Collecting string // dsdwbh
	Accounting string // hsdwbh
}

// requestBody ties field names to a request, for writing and reading alike.
type requestBody struct {
	op         mis.Op
	unit       Unit
	req        mis.Request
	day, clock string // jysj in two fields
}

const (
	stampName = "jysj"
	dayName   = "jysj.day"
	clockName = "jysj.clock"
	dayDigits = 8
)

// split and join translate between the payment's time and its two halves, for
// dialects that write it in two fields.
func (b *requestBody) split() {
	if at := min(dayDigits, len(b.req.Payment.Time)); b.op == mis.OpPost {
		b.day, b.clock = b.req.Payment.Time[:at], b.req.Payment.Time[at:]
	}
}

func (b *requestBody) join(l Layout) {
	if b.op == mis.OpPost && l.Has(clockName) {
		b.req.Payment.Time = b.day + b.clock
	}
}

func (b *requestBody) cell(name string) any {
	switch name {
	case "dsdwbh":
		return &b.unit.Collecting
	case "hsdwbh":
		return &b.unit.Accounting
	}
	switch b.op {
	case mis.OpQuery, mis.OpVerify:
		if name == "yhbh" {
			return &b.req.Account
		}
	case mis.OpPost:
		switch name {
		case dayName:
			return &b.day
		case clockName:
			return &b.clock
		}
		return paymentCell(&b.req.Payment, name)
	case mis.OpAsk:
		if name == "jylsh" {
			return &b.req.Serial
		}
	case mis.OpReverse:
		switch name {
		case "czjylsh":
			return &b.req.Reversal.Serial
		case "yjylsh":
			return &b.req.Reversal.Original
		case "yhzwrq":
			return &b.req.Reversal.BusinessDate
		}
	}
	return nil
}

func paymentCell(p *mis.Payment, name string) any {
	switch name {
	case "jylsh":
		return &p.Serial
	case "yhbh":
		return &p.Account
	case "jfje":
		return &p.Amount
	case "yhzwrq":
		return &p.BusinessDate
	case stampName:
		return &p.Time
	case "jsfs":
		return &p.Tender
	case "czybh":
		return &p.Kiosk
	}
	return nil
}

// echo is the key of the request, as the reply repeats it.
type echo struct{ account, serial, original string }

func echoOf(r mis.Request) echo {
	switch r.Op {
	case mis.OpPost:
		return echo{serial: r.Payment.Serial}
	case mis.OpAsk:
		return echo{serial: r.Serial}
	case mis.OpReverse:
		return echo{serial: r.Reversal.Serial, original: r.Reversal.Original}
	}
	return echo{account: r.Account}
}

// replyBody ties field names to a reply.
type replyBody struct {
	op    mis.Op
	echo  echo
	count int
	reply mis.Reply
}

func (b *replyBody) cell(name string) any {
	switch b.op {
	case mis.OpQuery, mis.OpVerify:
		return b.accountCell(name)
	case mis.OpPost, mis.OpAsk:
		return b.postCell(name)
	case mis.OpReverse:
		switch name {
		case "retcode":
			return (*string)(&b.reply.Reverse.Code)
		case "retmsg":
			return &b.reply.Reverse.Text
		case "czjylsh":
			return &b.echo.serial
		case "yjylsh":
			return &b.echo.original
		}
	}
	return nil
}

func (b *replyBody) accountCell(name string) any {
	q := &b.reply.Query
	switch name {
	case "retcode":
		return (*string)(&q.Code)
	case "retmsg":
		return &q.Text
	case "yhbh":
		return &b.echo.account
	case "yhmc":
		return &q.Account.Name
	case "yddz":
		return &q.Account.Address
	case "yhfl":
		return &q.Account.Class
	case "hjje":
		return &q.Account.Arrears
	case "hjdf":
		return &q.Account.Fee
	case "hjwyj":
		return &q.Account.Penalty
	case "hjys":
		return &q.Account.Advance
	case "zdje":
		return &q.Account.Minimum
	case countName:
		return &b.count
	}
	return nil
}

func (b *replyBody) postCell(name string) any {
	p := &b.reply.Post
	switch name {
	case "retcode":
		return (*string)(&p.Code)
	case "retmsg":
		return &p.Text
	case "jylsh":
		return &b.echo.serial
	case "jzpzh":
		return &p.Reference
	case "jfje":
		return &p.Amount
	case "hxje":
		return &p.ToArrears
	case "zysje":
		return &p.ToAdvance
	}
	return nil
}

// billRow ties field names to one bill.
type billRow struct{ bill mis.Bill }

func (b *billRow) cell(name string) any {
	switch name {
	case "ysbs":
		return &b.bill.ID
	case "dfny":
		return &b.bill.Month
	case "dfje":
		return &b.bill.Fee
	case "wyjje":
		return &b.bill.Penalty
	}
	return nil
}
