package socket

import (
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

func (b *replyBody) code() mis.Code {
	switch b.op {
	case mis.OpPost, mis.OpAsk:
		return b.reply.Post.Code
	case mis.OpReverse:
		return b.reply.Reverse.Code
	}
	return b.reply.Query.Code
}

// conclude classifies the code, checks the sums of a Done reply, and clears what
// a refusal has no business to carry. It returns the field at fault.
func (b *replyBody) conclude(codes mis.Codes) (field, reason string) {
	b.reply.Op = b.op
	v := codes.Classify(b.op, b.code())
	switch b.op {
	case mis.OpQuery, mis.OpVerify:
		return b.concludeQuery(v)
	case mis.OpPost, mis.OpAsk:
		return b.concludePost(v)
	case mis.OpReverse:
		b.reply.Reverse.Outcome, b.reply.Reverse.Wait = v.Outcome, v.Wait
	}
	return "", ""
}

func (b *replyBody) concludeQuery(v mis.Verdict) (field, reason string) {
	q := &b.reply.Query
	q.Outcome = v.Outcome
	q.Reason = v.Reason
	if v.Outcome != mis.Done {
		q.Account = mis.Account{}
		return "", ""
	}
	a := &q.Account
	a.Number = b.echo.account
	if owed := max(0, a.Fee+a.Penalty-a.Advance); a.Arrears != owed {
		return "hjje", "does not equal fee + penalty - advance"
	}
	if len(a.Bills) == 0 {
		return "", ""
	}
	var fee, penalty money.Amount // at most MaxBills n12: no overflow
	for _, bill := range a.Bills {
		fee += bill.Fee
		penalty += bill.Penalty
	}
	switch {
	case fee != a.Fee:
		return "hjdf", "does not equal the sum of the bills"
	case penalty != a.Penalty:
		return "hjwyj", "does not equal the sum of the bills"
	}
	return "", ""
}

func (b *replyBody) concludePost(v mis.Verdict) (field, reason string) {
	p := &b.reply.Post
	p.Outcome, p.Retry, p.Wait, p.Reversed, p.Reason = v.Outcome, v.Retry, v.Wait, v.Reversed, v.Reason
	if v.Outcome != mis.Done && !v.Reversed {
		b.reply.Post = mis.PostResult{Outcome: v.Outcome, Code: p.Code, Text: p.Text, Retry: v.Retry, Wait: v.Wait, Reason: v.Reason}
		return "", ""
	}
	if p.ToArrears+p.ToAdvance != p.Amount {
		return "jfje", "does not equal its parts to arrears and to advance"
	}
	if p.Amount == 0 {
		return "jfje", "nothing booked"
	}
	return "", ""
}
