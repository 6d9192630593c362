package web

import "regexp"

// saleWords are those of purchases on meter cards.
func saleWords() map[string][2]string {
	return map[string][2]string{
		"who.sale":  {"售电系统", "Card-meter system"},
		"sale.done": {"已售电", "Sold"},

		"salestate.ordered":   {"待售电", "Ordered"},
		"salestate.calling":   {"售电中", "Selling"},
		"salestate.asking":    {"查询中", "Asking"},
		"salestate.reversing": {"撤销中", "Being taken back"},
		"salestate.posted":    {"已售电", "Sold"},
		"salestate.owed":      {"未售成", "Not sold"},
		"salestate.disputed":  {"核实中", "Disputed"},

		"bookstate.ordered":   {"待入账", "Ordered"},
		"bookstate.calling":   {"入账中", "Posting"},
		"bookstate.asking":    {"查询中", "Asking"},
		"bookstate.reversing": {"返销中", "Reversing"},
		"bookstate.posted":    {"已入账", "Posted"},
		"bookstate.owed":      {"未入账", "Not booked"},
		"bookstate.disputed":  {"核实中", "Disputed"},

		"rewrite.writing":   {"补写中", "Being written"},
		"rewrite.posted":    {"已补写", "Written"},
		"rewrite.unwritten": {"补写不明", "Perhaps written"},
		"rewrite.cancelled": {"未补写", "Not written"},
		"rewrite.tendering": {"待补写", "To be written"},

		"ev.sale.ordered":      {"建立售电单", "Sale ordered"},
		"ev.sale.call.post":    {"发出售电请求", "Sale sent"},
		"ev.sale.call.ask":     {"按流水号查询是否售出", "Asked by serial whether it is sold"},
		"ev.sale.call.reverse": {"发出售电撤销请求", "Reversal of the sale sent"},
		"ev.sale.ans.post":     {"售电答复：%s", "Answer to the sale: %s"},
		"ev.sale.ans.ask":      {"查询答复：%s", "Answer to the question: %s"},
		"ev.sale.ans.reverse":  {"撤销答复：%s", "Answer to the reversal: %s"},

		"nav.sales":   {"购电", "Purchases"},
		"sales":       {"购电", "Purchases"},
		"sales.none":  {"没有购电", "No purchases"},
		"sale.card":   {"电卡芯片号", "Meter card (chip)"},
		"sale.count":  {"购电次数", "Purchase count"},
		"sale.sold":   {"售电金额", "Sold"},
		"sale.energy": {"电量", "Energy"},
		"sale.number": {"售电编号", "Sale number"},
		"sale.sale":   {"售电", "Sale"},
		"sale.onto":   {"写卡", "Card"},
		"sale.report": {"上报", "Report"},
		"sale.book":   {"营销入账", "MIS posting"},
		"sale.money":  {"收款", "Money"},
		"sale.party":  {"环节", "Party"},
		"sale.visit":  {"最近写卡流水", "Last visit"},
		"sale.how":    {"送达方式", "Reached the meter by"},
		"sale.tries":  {"已上报 %d 次", "said %d times"},
		"sale.code":   {"售电系统返回", "Answer of the card-meter system"},
		"sale.see":    {"查看这笔购电", "See the purchase"},
		"sale.txn":    {"查看这笔交易", "See the payment"},
		"sale.self":   {"由售电系统自行入账", "by the card-meter system itself"},
		"sale.nth":    {"第 %d 次购电", "purchase %d"},

		"sale.settle":       {"不写卡，用其他方式送达", "Settle it without the card"},
		"sale.settle.hint":  {"顾客带卡到任一终端即可补写；确实无法补写的，核实后远程充值或人工处理，须由另一人批准。", "Any terminal writes the card when the customer brings it. Where that cannot be, have the meter loaded remotely, or see to it by hand; another person has to approve it."},
		"sale.approve":      {"批准", "Approve"},
		"sale.approve.hint": {"%s 申请：%s。原因：%s", "%s asks for: %s. Reason: %s"},
		"sale.waits":        {"待另一人批准：%s", "Waits for another person: %s"},
		"sale.cancel":       {"撤回申请", "Take it back"},
		"error.two-sale":    {"申请人不能自己批准，须由另一人批准", "Another person has to approve it"},
		"note.sale.asked":   {"已申请，须由另一人批准", "Asked for; another person has to approve it"},
		"note.sale.settled": {"已了结，终端将获知", "Settled; the kiosk will hear of it"},
		"note.sale.cancel":  {"申请已撤回", "Taken back"},

		"stage.to-write":  {"待写卡", "To be written"},
		"stage.writing":   {"写卡中", "Being written"},
		"stage.written":   {"已写卡", "On the card"},
		"stage.unwritten": {"未写卡", "Not on the card"},
		"stage.unsure":    {"写卡不明", "Perhaps on the card"},
		"stage.settled":   {"已另行送达", "Settled another way"},
		"stage.withdrawn": {"售电撤销", "Sale taken back"},

		"stage.means.to-write":  {"已售电，尚未开始写卡", "Sold; no card was touched yet"},
		"stage.means.writing":   {"终端正在写卡，或写卡结果尚未送到总部", "A terminal writes the card, or its word on that is on the way"},
		"stage.means.written":   {"读回确认：电卡上已有这次购电", "Read back: the card holds what was sold"},
		"stage.means.unwritten": {"电卡离开时确认没有这次购电：任一终端可补写", "The card left without it, as it said of itself: any terminal writes it"},
		"stage.means.unsure":    {"电卡离开时无法确认是否写上：任一终端读卡即知，未写则补写；此前不得撤销", "The card may hold it: any terminal finds out, and writes it if it does not. The sale is not taken back before"},
		"stage.means.settled":   {"已由两人用其他方式了结：不得再写卡或退款", "Settled another way by two people: write it and pay it out no more"},
		"stage.means.withdrawn": {"售电正在撤销或已撤销：不再写卡", "The sale goes back, or went: no card is written"},

		"report.none": {"尚无", "nothing yet"},
		"report.open": {"待答复", "not answered yet"},
		"report.said": {"已答复", "answered"},

		"how.rewritten": {"补写", "re-written"},
		"how.remote":    {"远程充值", "loaded remotely"},
		"how.by-hand":   {"人工处理", "by hand"},

		"state.writing":   {"写卡中", "Being written"},
		"state.unwritten": {"未写卡", "Not on the card"},

		"means.writing":           {"已售电，正在写入电卡", "Sold; it is being written onto the meter card"},
		"means.unwritten":         {"已售电，但没有写到电卡上，或无法确认：顾客带卡到任一终端即可补写", "Sold, and not on the meter card, or perhaps not: any terminal writes it when the customer brings the card"},
		"means.sale.posted":       {"已售电，电卡上已有这次购电", "Sold, and on the meter card"},
		"means.sale.settled":      {"已售电，已用其他方式送达电表", "Sold, and brought to the meter another way"},
		"means.rewrite.writing":   {"正在补写以前的购电，不收款", "What was sold before is being written onto its card; no money is taken"},
		"means.rewrite.posted":    {"以前的购电已补写到电卡上", "What was sold before is on its card now"},
		"means.rewrite.unwritten": {"补写没有成功，或无法确认：以原购电的差异为准", "The re-write came to nothing, or nobody knows: see the case of the purchase"},

		"means.booking": {"售电系统已售电，总部将其记入营销系统；顾客不受影响", "What the card-meter system sold, as head office books it with the MIS; the customer has nothing to do with it"},

		"class.card-not-written": {"售电未写卡", "Sold, not on the card"},
		"class.unbooked-sale":    {"售电未入营销", "Sale not booked"},
		"todo.card-not-written":  {"已售电，电卡未写上或无法确认。顾客带卡到任一终端可补写，写上后自动关闭；确实无法补写的，在购电页申请远程充值或人工处理；确认未写上的，也可撤销售电后退款。", "Sold, and not on the card, or perhaps not. Any terminal writes it when the customer brings the card, and this closes by itself. Else have it settled another way on the page of the purchase; what is known not to be on the card can be reversed, and the money refunded."},
		"todo.unbooked-sale":     {"售电已成，营销系统没有入账或无法确认；顾客不受影响。请核实后重试，或人工补记。", "The sale stands, and the MIS did not book it, or nobody knows. The customer has nothing to do with it. Check it, and try again or book it by hand."},

		"reason.the sale was taken back": {"售电已撤销", "the sale was taken back"},

		"ev.opened.purchase": {"开单：购电，户号 %s", "Opened: purchase, account %s"},
		"ev.opened.rewrite":  {"开单：补写购电 %s", "Opened: re-write of purchase %s"},
		"ev.meter.card":      {"电卡 %s，已购 %d 次", "card %s, %d purchases so far"},
		"ev.meter.begun":     {"开始写卡：第 %d 次购电，%s", "Writing begins: purchase %d, %s"},
		"ev.meter.try":       {"第 %d 次尝试", "attempt %d"},
		"ev.meter.written":   {"读回确认：已写上电卡", "Read back: it is on the card"},
		"ev.meter.unwritten": {"读回确认：电卡没有写上", "Read back: it is not on the card"},
		"ev.meter.unsure":    {"电卡无法读回，是否写上不明", "The card could not be read back"},
		"ev.meter.left":      {"电卡已离开，没有确认写上", "The card left, and is not known to hold it"},
		"ev.meter.settled":   {"终端获知已另行送达：%s", "The kiosk heard that the customer has it: %s"},

		"meterwhy.unreadable":    {"电卡无法读取", "the card cannot be read"},
		"meterwhy.other-card":    {"不是这次购电的卡", "not the card of this purchase"},
		"meterwhy.pulled":        {"电卡被取走", "the card was pulled out"},
		"meterwhy.reader":        {"读卡器故障", "fault of the reader"},
		"meterwhy.silent":        {"总部没有按时给出写卡指令", "head office gave no steps in time"},
		"meterwhy.refused":       {"总部或售电系统拒绝写卡", "head office gives no steps for this card"},
		"meterwhy.script":        {"写卡指令无效", "steps that are not for this card, or cannot be meant"},
		"meterwhy.card-refused":  {"电卡应答不符", "the card did not answer as it must"},
		"meterwhy.count-differs": {"购电次数不符", "the purchase count differs"},
		"meterwhy.too-long":      {"写卡超时", "it took too long"},
		"meterwhy.power-cut":     {"断电", "power cut"},
		"meterwhy.no-card":       {"没有等到电卡", "nobody put the card back"},
		"meterwhy.attempts":      {"多次写卡未成", "too many attempts"},
		"meterwhy.customer":      {"顾客放弃", "given up by the customer"},
		"meterwhy.journal":       {"日志写不下", "the journal took no record"},
	}
}

// saleSentences are reasons of cases about purchases.
var saleSentences = []sentence{
	{
		regexp.MustCompile(`^paid ([-0-9.]+) yuan by (\S+); sold as (\S*): ([-0-9.]+) yuan, purchase ([0-9]+) of card (\S+); the card: ([a-z-]+); the report: ([a-z]+)`),
		"收款 $1 元（{tender:$2}）；售电 $3：$4 元，卡 $6 第 $5 次购电；写卡：{stage:$7}；上报：{report:$8}",
	},
	{
		regexp.MustCompile(`^paid at a terminal; sold as (\S*): ([-0-9.]+) yuan, purchase ([0-9]+) of card (\S+); the card: ([a-z-]+); the report: ([a-z]+)`),
		"终端已收款；售电 $1：$2 元，卡 $4 第 $3 次购电；写卡：{stage:$5}；上报：{report:$6}",
	},
	{regexp.MustCompile(`^written by ([0-9]+)`), "已由流水 $1 写上电卡"},
	{regexp.MustCompile(`^the card holds purchase ([0-9]+), and the sale goes back`), "电卡上已有第 $1 次购电，而售电正在撤销"},
	{regexp.MustCompile(`^the card holds purchase ([0-9]+), which was settled another way: (\S+) by (\S+)`), "电卡上已有第 $1 次购电，而此前已另行送达：{how:$2}，经办 $3"},
	{regexp.MustCompile(`^the sale was taken back, and purchase ([0-9]+) reached the meter: ([a-z-]+)`), "售电已撤销，而第 $1 次购电已送达：{stage:$2}"},
	{
		regexp.MustCompile(`^the journal has ([-0-9.]+) yuan, purchase ([0-9]+) of card (\S*); these books sold ([-0-9.]+) yuan, purchase ([0-9]+) of card (\S*)`),
		"终端记录：$1 元，卡 $3 第 $2 次购电；总部售电：$4 元，卡 $6 第 $5 次购电",
	},
}
