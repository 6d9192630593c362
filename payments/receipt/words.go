package receipt

import "wattkiosk/payments"

// wording are the words of a slip: those of its kinds, the first that has a phrase, and
// else the ones about a bill.
type wording struct {
	words map[string]string
	kinds []string
}

// wordsFor are the words about a purpose; in Chinese where there is no such language.
func wordsFor(l Lang, p payments.Purpose) wording {
	w := wording{words: words[l]}
	if w.words == nil {
		w.words = words[Chinese]
	}
	switch p {
	case payments.Purchase:
		w.kinds = []string{"buy."}
	case payments.Rewrite:
		w.kinds = []string{"rewrite.", "buy."}
	}

	return w
}

// say is a phrase; empty where there is none.
func (w wording) say(key string) string {
	for _, kind := range w.kinds {
		if own, ok := w.words[kind+key]; ok {
			return own
		}
	}

	return w.words[key]
}

// words are what slips say; what begins with "buy." or "rewrite." is said in place of the
// phrase about a bill. "kind." is the verdict, in large type: at most 8 Chinese
// characters or 16 others, so that it fits a roll of 32 columns. "invoice." is by the kind
// of slip: where the payment is not booked there is nothing to exchange for an invoice.
var words = map[Lang]map[string]string{
	Chinese: {
		"collection.title": "清机单", "collection.copy": "第 %d 联 共 %d 联", "collection.serial": "清机号", "collection.opened": "开始", "collection.exchanged": "换箱",
		"collection.out": "取出钞箱", "collection.in": "换入钞箱", "collection.no-number": "无编号", "collection.counts": "清点次数", "collection.expected": "应有金额", "collection.counted": "清点金额",
		"collection.surplus": "长款", "collection.shortage": "短款", "collection.difference": "差额", "collection.reason": "差异原因", "collection.doubt": "另有待核实纸币 %d 张", "collection.moved": "未清机取出次数",
		"collection.person": "清机人 %d", "collection.signature": "签名", "collection.head": "日志账哈希",
		"title": "电费缴纳凭证", "copy": "补打 第 %d 份", "copied": "补打时间",
		"kind.paid": "缴费成功", "kind.pending": "已收款 待入账", "kind.owed": "缴费未成功", "kind.disputed": "正在核实", "kind.": "",
		"kind.undoing": "款项退回中", "kind.undone": "款项已退回", "kind.unsure": "付款确认中", "kind.reversed": "交易已撤销", "kind.voided": "消费已撤销",
		"account": "户号", "name": "户名", "address": "地址", "serial": "流水号", "terminal": "终端", "site": "网点", "place": "网点地址", "time": "时间",
		"tender": "支付方式", "way": "支付方式", "tender.cash": "现金", "tender.bankcard": "银行卡", "tender.qr": "扫码", "currency": "¥",
		"card": "卡号", "application": "卡类型", "kind-of.debit": "借记卡", "kind-of.credit": "贷记卡", "kind-of.quasi-credit": "准贷记卡", "kind-of.electronic-cash": "电子现金", "aid": "应用标识 AID", "certificate": "交易证书 TC", "entry": "读卡方式", "entry.": "", "entry.chip": "芯片", "entry.stripe": "磁条", "entry.fallback": "磁条（降级）",
		"merchant": "商户号", "bank-terminal": "银行终端号", "batch": "批次号", "bank-reference": "参考号", "auth": "授权码", "trace": "银行流水", "wallet-reference": "支付单号", "amount": "交易金额", "returned": "退回金额", "arrears": "欠费", "note": "纸币", "received": "实收金额", "capital": "大写",
		"to-arrears": "冲抵欠费", "still-owed": "仍欠", "to-advance": "转入预收", "reference": "入账编号", "booked": "入账", "booked.by-bank": "由银行入账", "unresolved": "待核实纸币", "code": "系统答复",
		"next.paid":            "",
		"next.paid-by-bank":    "银行已扣款，并已记入您的户号。查询时请报参考号。",
		"next.pending":         "款项已由本机记录，将自动入账，只入账一次。可凭流水号查询。",
		"next.owed":            "本次款项未能记入您的户号。请持本凭证到营业厅，工作人员将为您退款或补记。",
		"next.disputed":        "本笔交易正在核实，1 个工作日内有结果。请保留本凭证，可凭流水号查询。",
		"next.undoing":         "本次款项未记入您的户号，将自动退回付款账户。请保留本凭证。",
		"next.reversed":        "银行已撤销本次交易，没有扣款。本次款项未记入您的户号。",
		"next.voided":          "营业厅已请银行撤销本次刷卡消费，款项退回付款卡。",
		"next.undone":          "本次款项未记入您的户号，没有扣款，或已全部退回付款账户。",
		"next.unsure-qr":       "尚未确认您是否已付款：如已付款，将自动入账一次。请保留本凭证。",
		"next.unsure-bankcard": "银行尚未答复：如已扣款，将自动退回卡内。请保留本凭证。",
		"next.unresolved":      "有纸币去向待核实，清点钞箱后处理，请保留本凭证。",
		"next.unknown":         "欠费金额缴费时无法查询，以入账结果为准。多缴部分自动留在您的账户。",
		"code-for":             "营业厅凭此码或流水号可查到本笔业务",
		"invoice.paid":         "本凭证不作报销凭证，可到营业厅换开发票",
		"invoice.pending":      "本凭证不作报销凭证，入账后可到营业厅换开发票",
		"hotline":              "服务热线",

		"buy.title": "购电凭证", "rewrite.title": "补写凭证", "meter": "电表号", "original": "原流水",
		"buy.kind.paid": "购电成功", "buy.kind.pending": "已收款 待售电", "kind.unwritten": "已售电 未写卡", "kind.unsure-card": "已售电 待核对", "kind.rewritten": "补写成功", "buy.kind.owed": "购电未成功",
		"sold": "购电金额", "count": "购电次数", "count.no": "第 %d 次", "energy": "电量", "kwh": "度", "price": "平均电价", "per-kwh": "元/度", "sale": "售电编号",
		"buy.next.paid":       "请将卡插入电表，电表显示金额后取出。",
		"buy.next.pending":    "款项已由本机记录，将自动售电，只售一次。售电后持卡到任一购电终端写卡，不再付款。",
		"next.unwritten":      "已售电，未写到卡上。请持原卡到任一购电终端或营业厅写卡，不再付款，不会重复售电。",
		"next.unsure-card":    "已售电，不能确认是否写到卡上。请持原卡到任一购电终端或营业厅核对补写，不再付款，不会重复售电。",
		"next.rewritten":      "本次补写不收款。请将卡插入电表，电表显示金额后取出。",
		"buy.next.owed":       "没有售电，卡没有变化。请持本凭证到营业厅退款。",
		"buy.next.undoing":    "没有售电，卡没有变化。款项将自动退回付款账户。请保留本凭证。",
		"buy.next.undone":     "没有售电，卡没有变化。没有扣款，或已全部退回付款账户。",
		"buy.next.reversed":   "银行已撤销本次交易，没有扣款。没有售电，卡没有变化。",
		"buy.next.unsure-qr":  "尚未确认您是否已付款：如已付款，将售电一次，再持卡到任一购电终端写卡。请保留本凭证。",
		"buy.invoice.pending": "本凭证不作报销凭证，售电后可到营业厅换开发票",
	},
	English: {
		"collection.title": "CASH COLLECTION", "collection.copy": "Copy %d of %d", "collection.serial": "Collection", "collection.opened": "Opened", "collection.exchanged": "Exchanged",
		"collection.out": "Cassette out", "collection.in": "Cassette in", "collection.no-number": "no number", "collection.counts": "Times counted", "collection.expected": "Expected", "collection.counted": "Counted",
		"collection.surplus": "Surplus", "collection.shortage": "Shortage", "collection.difference": "Difference", "collection.reason": "Reason", "collection.doubt": "Beside it, notes to be checked: %d", "collection.moved": "Taken out unasked",
		"collection.person": "Person %d", "collection.signature": "Signature", "collection.head": "Hash of the journal",
		"title": "Electricity payment", "copy": "Reprint, copy %d", "copied": "Printed again",
		"kind.paid": "PAID", "kind.pending": "MONEY RECEIVED", "kind.owed": "NOT COMPLETED", "kind.disputed": "BEING CHECKED", "kind.": "",
		"kind.undoing": "BEING RETURNED", "kind.undone": "MONEY RETURNED", "kind.unsure": "NOT CONFIRMED", "kind.reversed": "REVERSED", "kind.voided": "SALE VOIDED",
		"account": "Account", "name": "Name", "address": "Address", "serial": "Receipt", "terminal": "Terminal", "site": "Site", "place": "Site address", "time": "Time",
		"tender": "Paid by", "way": "Way of payment", "tender.cash": "Cash", "tender.bankcard": "Bank card", "tender.qr": "QR code", "currency": "¥",
		"card": "Card", "application": "Card type", "kind-of.debit": "debit", "kind-of.credit": "credit", "kind-of.quasi-credit": "quasi-credit", "kind-of.electronic-cash": "electronic cash", "aid": "AID", "certificate": "TC", "entry": "Read by", "entry.": "", "entry.chip": "chip", "entry.stripe": "stripe", "entry.fallback": "stripe (fallback)",
		"merchant": "Merchant", "bank-terminal": "Bank terminal", "batch": "Batch", "bank-reference": "Bank reference", "auth": "Authorisation", "trace": "Trace", "wallet-reference": "Wallet reference", "amount": "Amount", "returned": "Returned", "arrears": "Owed", "note": "Note", "received": "Received", "capital": "In words",
		"to-arrears": "To amount owed", "still-owed": "Still owed", "to-advance": "Credit on account", "reference": "Reference", "booked": "Booked", "booked.by-bank": "by the bank", "unresolved": "Notes being checked", "code": "Answer",
		"next.paid":            "",
		"next.paid-by-bank":    "Paid by the bank, and booked by the bank to your account. Ask by the bank reference.",
		"next.pending":         "We have your money. It is recorded in this machine and will be booked to your account once. You can ask with the receipt number.",
		"next.owed":            "We could not book this payment to your account. Take this slip to a service hall for a refund or a booking by hand.",
		"next.disputed":        "This payment is being checked; the result is known within 1 working day. Keep this slip; you can ask with the receipt number.",
		"next.undoing":         "This payment was not booked to your account. The money goes back to where it came from. Keep this slip.",
		"next.reversed":        "The bank has reversed the payment; nothing was charged, and nothing was booked to your account.",
		"next.voided":          "The bank has voided this payment by card at our request; the money goes back to the card.",
		"next.undone":          "This payment was not booked to your account. Nothing was taken, or all of it was returned.",
		"next.unsure-qr":       "We do not know yet whether you paid. If you did, it will be booked to your account once. Keep this slip.",
		"next.unsure-bankcard": "The bank has not answered. If the amount was taken, it goes back to the card by itself. Keep this slip.",
		"next.unresolved":      "A note has to be looked for in the cassette. Keep this slip.",
		"next.unknown":         "What is owed could not be looked up when you paid. Anything paid beyond it is kept as credit on your account.",
		"code-for":             "A service hall finds this payment by the code or the receipt number.",
		"invoice.paid":         "Not for reimbursement. A service hall exchanges it for an invoice.",
		"invoice.pending":      "Not for reimbursement. Once booked, a service hall exchanges it for an invoice.",
		"hotline":              "Hotline",

		"buy.title": "Power purchase", "rewrite.title": "Purchase written", "meter": "Meter", "original": "Sold as",
		"buy.kind.paid": "BOUGHT", "buy.kind.pending": "MONEY RECEIVED", "kind.unwritten": "NOT ON THE CARD", "kind.unsure-card": "CHECK THE CARD", "kind.rewritten": "CARD WRITTEN", "buy.kind.owed": "NOT COMPLETED",
		"sold": "Bought", "count": "Purchase", "count.no": "no. %d", "energy": "Energy", "kwh": "kWh", "price": "Average price", "per-kwh": "yuan/kWh", "sale": "Sale",
		"buy.next.paid":       "Put the card into your meter until it shows the amount.",
		"buy.next.pending":    "We have your money. It is recorded in this machine, and power is sold once. Any terminal then writes it onto your card; you do not pay again.",
		"next.unwritten":      "Sold, and not on the card. Take the same card to any terminal or to a service hall to have it written. You do not pay again, and nothing is sold twice.",
		"next.unsure-card":    "Sold, but it is not certain that it is on the card. Take the same card to any terminal or to a service hall: what is missing is written. You do not pay again, and nothing is sold twice.",
		"next.rewritten":      "Nothing was paid this time. Put the card into your meter until it shows the amount.",
		"buy.next.owed":       "No power was sold, and your card is unchanged. Take this slip to a service hall for a refund.",
		"buy.next.undoing":    "No power was sold, and your card is unchanged. The money goes back to where it came from. Keep this slip.",
		"buy.next.undone":     "No power was sold, and your card is unchanged. Nothing was taken, or all of it was returned.",
		"buy.next.reversed":   "The bank has reversed the payment; nothing was charged. No power was sold, and your card is unchanged.",
		"buy.next.unsure-qr":  "We do not know yet whether you paid. If you did, power is sold once, and any terminal writes it onto your card. Keep this slip.",
		"buy.invoice.pending": "Not for reimbursement. Once power is sold, a service hall exchanges it for an invoice.",
	},
}
