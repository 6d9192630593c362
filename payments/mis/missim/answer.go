package missim

import (
	"fmt"
	"strings"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
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
	m := mis.SaysOK
	switch {
	case !ok:
		m = mis.SaysNoUser
	case op == mis.OpVerify && a.MeterCard:
		m = mis.SaysMeterCard
	case op == mis.OpVerify && a.NoAdvance && a.Arrears == 0:
		m = mis.SaysNoArrears
	}
	if m != mis.SaysOK {
		return s.refuse(op, m).Query
	}
	return mis.QueryResult{Outcome: mis.Done, Code: s.code(m), Text: message(m), Account: a.statement()}
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
		return s.refuse(mis.OpPost, s.repeated()).Post
	}
	a := s.accounts[p.Account]
	if m := refusal(a, p.Serial, p.Amount); m != "" {
		return s.refuse(mis.OpPost, m).Post
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
	return s.booked(e)
}

// refusal is why a posting is not taken, or "". What pays for power that was sold onto a
// meter card is told by its serial; a bill is not paid by one.
func refusal(a *Account, serial string, amount money.Amount) mis.Meaning {
	switch {
	case amount <= 0:
		return mis.SaysBadPacket
	case a == nil:
		return mis.SaysNoUser
	case a.MeterCard && !strings.HasPrefix(serial, posting.BookingMark):
		return mis.SaysMeterCard
	case a.NoAdvance && a.Arrears == 0:
		return mis.SaysNoArrears
	case a.NoPartial && amount < a.Arrears:
		return mis.SaysNoPartial
	case a.NoAdvance && amount > a.Arrears, a.Limit > 0 && amount > a.Limit, a.Advance+amount > money.Max:
		return mis.SaysOverLimit
	}
	return ""
}

func (s *Server) booked(e *Entry) mis.PostResult {
	return mis.PostResult{
		Outcome: mis.Done, Code: s.code(mis.SaysOK), Text: message(mis.SaysOK), Reference: e.Reference,
		Amount: e.Amount, ToArrears: e.ToArrears, ToAdvance: e.ToAdvance,
	}
}

func (s *Server) ask(serial string) mis.PostResult {
	e, ok := s.entries[serial]
	switch {
	case !ok:
		return s.refuse(mis.OpAsk, mis.SaysNone).Post
	case e.Reversed:
		r := s.booked(e)
		r.Outcome, r.Reversed = mis.NotDone, true
		r.Code, r.Text = s.code(mis.SaysReversed), message(mis.SaysReversed)
		return r
	}
	return s.booked(e)
}

func (s *Server) reverse(r mis.Reversal) mis.ReverseResult {
	e, ok := s.entries[r.Original]
	switch {
	case !ok:
		return s.refuse(mis.OpReverse, mis.SaysInvalidReversal).Reverse
	case e.Reversed:
		return mis.ReverseResult{Outcome: mis.Done, Code: s.code(mis.SaysReversed), Text: message(mis.SaysReversed)}
	case e.Date != r.BusinessDate:
		return s.refuse(mis.OpReverse, mis.SaysNoNextDay).Reverse
	}

	e.Reversed, e.ReversedBy = true, r.Serial
	s.accounts[e.Account].unpay(e.Parts, e.ToAdvance)
	s.save()
	return mis.ReverseResult{Outcome: mis.Done, Code: s.code(mis.SaysOK), Text: message(mis.SaysOK)}
}
