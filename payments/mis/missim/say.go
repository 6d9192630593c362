package missim

import "wattkiosk/payments/mis"

// instead is what a dialect says that has no code for a meaning.
var instead = map[mis.Meaning]mis.Meaning{
	mis.SaysInvalidReversal: mis.SaysNone,
	mis.SaysInvoicePrinted:  mis.SaysNoRight,
	mis.SaysOtherOperator:   mis.SaysNoRight,
	mis.SaysNoNextDay:       mis.SaysInvoicePrinted,
	mis.SaysCalculating:     mis.SaysFailed,
	mis.SaysBadPacket:       mis.SaysFailed,
	mis.SaysAlreadyPaid:     mis.SaysDuplicate,
}

// said is what the dialect can say of m.
func (s *Server) said(m mis.Meaning) mis.Meaning {
	for s.codes().Code(m) == "" {
		next, ok := instead[m]
		if !ok {
			return mis.SaysNoRight
		}
		m = next
	}
	return m
}

func (s *Server) codes() mis.Codes { return s.codec.Dialect().Codes }

func (s *Server) code(m mis.Meaning) mis.Code { return s.codes().Code(s.said(m)) }

// refuse answers any operation with a code and nothing else. What the code means
// for the operation is filled in, as a client makes of the bytes.
func (s *Server) refuse(op mis.Op, m mis.Meaning) mis.Reply {
	m = s.said(m)
	v := mis.Judge(op, m)
	code, text := s.code(m), message(m)
	r := mis.Reply{Op: op}
	switch op {
	case mis.OpQuery, mis.OpVerify:
		r.Query = mis.QueryResult{Outcome: v.Outcome, Code: code, Text: text, Reason: v.Reason}
	case mis.OpPost, mis.OpAsk:
		r.Post = mis.PostResult{Outcome: v.Outcome, Code: code, Text: text, Retry: v.Retry, Wait: v.Wait, Reason: v.Reason}
	case mis.OpReverse:
		r.Reverse = mis.ReverseResult{Outcome: v.Outcome, Code: code, Text: text, Wait: v.Wait}
	}
	return r
}

func message(m mis.Meaning) string {
	switch m {
	case mis.SaysOK:
		return "成功"
	case mis.SaysFailed:
		return "失败"
	case mis.SaysNone:
		return "无记录"
	case mis.SaysNoUser:
		return "无此用户"
	case mis.SaysNoRight:
		return "无权限"
	case mis.SaysInvalidReversal:
		return "无效冲正"
	case mis.SaysBadPacket:
		return "报文错误"
	case mis.SaysNoNextDay:
		return "不允许隔日冲正"
	case mis.SaysInvoicePrinted:
		return "发票已打印"
	case mis.SaysOtherOperator:
		return "非本操作员"
	case mis.SaysNoPartial:
		return "不允许部分缴费"
	case mis.SaysNoArrears:
		return "用户不欠费"
	case mis.SaysMeterCard:
		return "卡表用户，请购电"
	case mis.SaysCalculating:
		return "正在算费"
	case mis.SaysAlreadyPaid:
		return "已缴费"
	case mis.SaysDuplicate:
		return "流水号重复"
	case mis.SaysOverLimit:
		return "超过限额"
	case mis.SaysReversed:
		return "已冲正"
	}
	return ""
}
