package receipt

// words are what slips say. "kind." is the verdict, in large type: at most 8 Chinese
// characters or 16 others, so that it fits a roll of 32 columns.
var words = map[Lang]map[string]string{
	Chinese: {
		"title": "电费缴纳凭证", "copy": "补打 第 %d 份",
		"kind.paid": "缴费成功", "kind.pending": "已收款 待入账", "kind.owed": "缴费未成功", "kind.disputed": "正在核实", "kind.": "",
		"account": "户号", "name": "户名", "address": "地址", "serial": "流水号", "terminal": "终端", "site": "网点", "place": "网点地址", "time": "时间",
		"tender": "支付方式", "tender.cash": "现金", "currency": "¥", "arrears": "欠费", "note": "纸币", "received": "实收金额", "capital": "大写",
		"to-arrears": "冲抵欠费", "to-advance": "转入预收", "reference": "入账编号", "unresolved": "待核实纸币", "code": "系统答复",
		"next.paid":       "",
		"next.pending":    "款项已由本机记录，将自动入账，只入账一次。可凭流水号查询。",
		"next.owed":       "本次款项未能记入您的户号。请持本凭证到营业厅，工作人员将为您退款或补记。",
		"next.disputed":   "本笔交易正在核实，1 个工作日内有结果。请保留本凭证，可凭流水号查询。",
		"next.unresolved": "有纸币去向待核实，清点钞箱后处理，请保留本凭证。",
		"next.unknown":    "欠费金额缴费时无法查询，以入账结果为准。多缴部分自动留在您的账户。",
		"code-for":        "凭此码查询或补打",
		"voucher":         "本凭证不作报销凭证，可到营业厅换开发票", "hotline": "服务热线",
	},
	English: {
		"title": "Electricity payment", "copy": "Reprint, copy %d",
		"kind.paid": "PAID", "kind.pending": "MONEY RECEIVED", "kind.owed": "NOT COMPLETED", "kind.disputed": "BEING CHECKED", "kind.": "",
		"account": "Account", "name": "Name", "address": "Address", "serial": "Receipt", "terminal": "Terminal", "site": "Site", "place": "Site address", "time": "Time",
		"tender": "Paid by", "tender.cash": "Cash", "currency": "¥", "arrears": "Owed", "note": "Note", "received": "Received", "capital": "In words",
		"to-arrears": "To amount owed", "to-advance": "Credit on account", "reference": "Reference", "unresolved": "Notes being checked", "code": "Answer",
		"next.paid":       "",
		"next.pending":    "We have your money. It is recorded in this machine and will be booked to your account once. You can ask with the receipt number.",
		"next.owed":       "We could not book this payment to your account. Take this slip to a service hall for a refund or a booking by hand.",
		"next.disputed":   "This payment is being checked; the result is known within 1 working day. Keep this slip; you can ask with the receipt number.",
		"next.unresolved": "A note has to be looked for in the cassette. Keep this slip.",
		"next.unknown":    "What is owed could not be looked up when you paid. Anything paid beyond it is kept as credit on your account.",
		"code-for":        "Use this code to ask or reprint",
		"voucher":         "Not for reimbursement. A service hall exchanges it for an invoice.", "hotline": "Hotline",
	},
}
