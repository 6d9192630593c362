package receipt

var words = map[Lang]map[string]string{
	Chinese: {
		"title": "电费缴纳凭证", "copy": "补打 第 %d 联",
		"kind.paid": "缴费成功", "kind.pending": "已收款 待入账", "kind.owed": "入账未成功 请到营业厅办理", "kind.disputed": "正在核实", "kind.": "",
		"account": "户号", "name": "户名", "address": "地址", "serial": "流水号", "terminal": "终端", "site": "网点", "time": "时间",
		"tender": "支付方式", "tender.cash": "现金", "currency": "¥", "arrears": "应缴金额", "note": "纸币", "received": "实收金额", "capital": "大写",
		"to-arrears": "冲抵欠费", "to-advance": "转入预收", "reference": "系统凭证号", "unresolved": "待核实纸币", "result": "结果", "code": "返回",
		"result.paid": "已入账", "result.pending": "款已收妥，稍后入账", "result.owed": "未入账，款项待退还或补入", "result.disputed": "待核实", "result.": "",
		"next.pending":    "款项已由本机记录，线路恢复后自动入账，不会重复。可凭流水号查询。",
		"next.owed":       "本次款项未能记入您的户号。请持本凭证到营业厅，工作人员将为您退款或补入。",
		"next.disputed":   "本笔交易已登记核实，结果以营业厅通知为准，请保留本凭证。",
		"next.unresolved": "有纸币去向待核实，清点钱箱后处理，请保留本凭证。",
		"voucher":         "本凭证不作报销凭据，可到营业厅换开发票", "hotline": "服务热线",
	},
	English: {
		"title": "Electricity payment", "copy": "Reprint, copy %d",
		"kind.paid": "PAID", "kind.pending": "MONEY RECEIVED - POSTING FOLLOWS", "kind.owed": "NOT POSTED - PLEASE GO TO THE COUNTER", "kind.disputed": "BEING CHECKED", "kind.": "",
		"account": "Account", "name": "Name", "address": "Address", "serial": "Serial", "terminal": "Terminal", "site": "Site", "time": "Time",
		"tender": "Tender", "tender.cash": "Cash", "currency": "CNY ", "arrears": "Due", "note": "Note", "received": "Received", "capital": "In words",
		"to-arrears": "To arrears", "to-advance": "To advance", "reference": "Reference", "unresolved": "Notes to be checked", "result": "Result", "code": "Answer",
		"result.paid": "posted", "result.pending": "received, posting follows", "result.owed": "not posted; the money is owed to you", "result.disputed": "being checked", "result.": "",
		"next.pending":    "Your money is recorded in this machine and will be posted once when the line returns. You can ask with the serial.",
		"next.owed":       "This payment could not be booked to your account. Take this slip to the counter for a refund or a booking by hand.",
		"next.disputed":   "This payment is registered for checking. Please keep this slip.",
		"next.unresolved": "A note has to be looked for in the cash box. Please keep this slip.",
		"voucher":         "Not for reimbursement; the counter exchanges it for an invoice", "hotline": "Hotline",
	},
}
