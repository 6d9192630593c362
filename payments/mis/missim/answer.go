package missim

import (
	"fmt"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

func (s *Server) answer(r mis.Request) mis.Reply {
	reply := mis.Reply{Op: r.Op}
	switch r.Op {
	case mis.OpQuery, mis.OpVerify:
		reply.Query = s.query(r.Op, r.Account)
	case mis.OpPost:
		reply.Post = s.post(r.Payment)
	case mis.OpAsk:
		reply.Post = s.ask(r.Serial)
	case mis.OpReverse:
		reply.Reverse = s.reverse(r.Reversal)
	}
	return reply
}

func (s *Server) query(op mis.Op, number string) mis.QueryResult {
	a, ok := s.accounts[number]
	code := mis.CodeOK
	switch {
	case !ok:
		code = mis.CodeNoUser
	case op == mis.OpVerify && a.MeterCard:
		code = mis.CodeMeterCard
	case op == mis.OpVerify && a.NoAdvance && a.Arrears == 0:
		code = mis.CodeNoArrears
	}
	q := mis.QueryResult{Outcome: mis.NotDone, Code: code, Text: message(code)}
	if code == mis.CodeOK {
		q.Outcome, q.Account = mis.Done, a.statement()
	}
	return q
}

func (a *Account) statement() mis.Account {
	st := mis.Account{
		Number: a.Number, Name: a.Name, Address: a.Address, Class: a.Class,
		Fee: a.fee(), Penalty: a.penalty(), Advance: a.Advance, Arrears: a.Arrears,
	}
	if a.NoPartial {
		st.Minimum = a.Arrears
	}
	for _, b := range a.Bills {
		st.Bills = append(st.Bills, mis.Bill{ID: b.ID, Month: b.Month, Fee: b.Fee, Penalty: b.Penalty})
	}
	return st
}

func (s *Server) post(p mis.Payment) mis.PostResult {
	if e, ok := s.entries[p.Serial]; ok {
		e.Attempts++
		return mis.PostResult{Outcome: mis.Unknown, Code: mis.CodeDuplicate, Text: message(mis.CodeDuplicate)}
	}
	a := s.accounts[p.Account]
	if code := refusal(a, p.Amount); code != "" {
		return mis.PostResult{Outcome: mis.NotDone, Code: code, Text: message(code)}
	}
	e := &Entry{
		Serial: p.Serial, Account: p.Account, Amount: p.Amount, Date: p.BusinessDate,
		Time: s.now(), Tender: p.Tender, Kiosk: p.Kiosk, Attempts: 1,
		Reference: fmt.Sprintf("MIS%.8s%09d", p.BusinessDate, len(s.order)+1),
	}
	e.PostedCount++
	before := a.Advance
	e.Parts = a.pay(p.Amount)
	e.ToAdvance = a.Advance - before
	e.ToArrears = p.Amount - e.ToAdvance
	s.entries[p.Serial] = e
	s.order = append(s.order, e)
	s.save()
	return e.result(mis.CodeOK)
}

// refusal is why a posting is not taken, or "".
func refusal(a *Account, amount money.Amount) mis.Code {
	switch {
	case amount <= 0:
		return mis.CodeBadPacket
	case a == nil:
		return mis.CodeNoUser
	case a.MeterCard:
		return mis.CodeMeterCard
	case a.NoAdvance && a.Arrears == 0:
		return mis.CodeNoArrears
	case a.NoPartial && amount < a.Arrears:
		return mis.CodeNoPartial
	case a.NoAdvance && amount > a.Arrears, a.Limit > 0 && amount > a.Limit, a.Advance+amount > money.Max:
		return mis.CodeOverLimit
	}
	return ""
}

func (e *Entry) result(code mis.Code) mis.PostResult {
	r := mis.PostResult{
		Outcome: mis.Done, Code: code, Text: message(code), Reference: e.Reference,
		Amount: e.Amount, ToArrears: e.ToArrears, ToAdvance: e.ToAdvance,
	}
	if code == mis.CodeReversed {
		r.Outcome, r.Reversed = mis.NotDone, true
	}
	return r
}

func (s *Server) ask(serial string) mis.PostResult {
	e, ok := s.entries[serial]
	switch {
	case !ok:
		return mis.PostResult{Outcome: mis.NotDone, Code: mis.CodeNone, Text: message(mis.CodeNone), Retry: true}
	case e.Reversed:
		return e.result(mis.CodeReversed)
	}
	return e.result(mis.CodeOK)
}

func (s *Server) reverse(r mis.Reversal) mis.ReverseResult {
	e, ok := s.entries[r.Original]
	result := func(o mis.Outcome, code mis.Code) mis.ReverseResult {
		return mis.ReverseResult{Outcome: o, Code: code, Text: message(code)}
	}
	switch {
	case !ok:
		return result(mis.NotDone, mis.CodeInvalidReversal)
	case e.Reversed:
		return result(mis.Done, mis.CodeReversed)
	case e.Date != r.BusinessDate:
		return result(mis.NotDone, mis.CodeNoNextDay)
	}
	e.Reversed, e.ReversedBy = true, r.Serial
	s.accounts[e.Account].unpay(e.Parts, e.ToAdvance)
	s.save()
	return result(mis.Done, mis.CodeOK)
}

func message(code mis.Code) string {
	switch code {
	case mis.CodeOK:
		return "成功"
	case mis.CodeFail:
		return "失败"
	case mis.CodeNone:
		return "无记录"
	case mis.CodeNoUser:
		return "无此用户"
	case mis.CodeInvalidReversal:
		return "无效冲正"
	case mis.CodeBadPacket:
		return "报文错误"
	case mis.CodeNoNextDay:
		return "不允许隔日冲正"
	case mis.CodeNoPartial:
		return "不允许部分缴费"
	case mis.CodeNoArrears:
		return "用户不欠费"
	case mis.CodeMeterCard:
		return "卡表用户，请购电"
	case mis.CodeCalculating:
		return "正在算费"
	case mis.CodeDuplicate:
		return "流水号重复"
	case mis.CodeOverLimit:
		return "超过限额"
	case mis.CodeReversed:
		return "已冲正"
	}
	return ""
}
