package web

// caseWords are those of the page of a case, beside those of the lists.
func caseWords() map[string][2]string {
	return map[string][2]string{
		"case.title": {"差异", "Case"},
		"case.work":  {"处理安排", "Who works on it"},
		"case.owner": {"处理人", "Owner"},
		"case.next":  {"下一步", "Next step"},
		"case.acts":  {"这笔钱等谁处理", "Who acts on the payment next"},

		"acts.customer":    {"顾客，在终端上继续", "The customer, at the kiosk"},
		"acts.machine":     {"系统，自动处理", "The system, by itself"},
		"acts.head-office": {"总部，须人工处理", "A person at head office"},
		"acts.nobody":      {"款项已了结，核对后关闭差异", "Nobody: the money is settled. Check, and close the case"},

		"case.due":      {"期限", "Due"},
		"case.late":     {"已过期", "overdue"},
		"case.contact":  {"客户联系方式", "How the customer is reached"},
		"case.assign":   {"保存", "Save"},
		"case.history":  {"经过", "What happened"},
		"case.what.was": {"内容", "What was said"},
		"case.by":       {"由", "By"},
		"case.comment":  {"补充说明", "Add a remark"},
		"case.add":      {"添加", "Add"},
		"case.others":   {"同一笔交易的其他差异", "Other cases of the same payment"},
		"case.nobody":   {"无人处理", "nobody yet"},
		"note.assigned": {"已保存", "Saved"},

		"class.disputed.amount":        {"入账金额不符", "Booked with another amount"},
		"class.disputed.split":         {"入账分摊不符", "Booked in other shares"},
		"class.disputed.kept":          {"返销被拒", "Reversal refused"},
		"class.disputed.vanished":      {"入账后查无", "Booking not found later"},
		"class.sale.disputed.amount":   {"售电不符", "Sold otherwise"},
		"class.sale.disputed.kept":     {"撤销售电被拒", "Sale not taken back"},
		"class.sale.disputed.vanished": {"售电后查无", "Sale not found later"},

		"todo.disputed.amount":        {"已入账，但金额与应入账不同。请与营销系统更正差额，再关闭。", "Booked, but not with the amount of the order. Have the MIS put the difference right, then close this."},
		"todo.disputed.split":         {"已入账，但冲欠费与转预收的数额不合。请与营销系统核对。", "Booked, but what went to arrears and to advance does not make the sum. Check it with the MIS."},
		"todo.disputed.kept":          {"已入账，营销系统没有接受返销。请与营销系统商定。", "Booked, and the MIS did not reverse it. Settle it with the MIS."},
		"todo.disputed.vanished":      {"曾答复已入账，后来营销系统查不到。请在营销系统按流水号核实。", "The MIS said that it was booked, and knew nothing of it later. Look for the serial in the MIS."},
		"todo.sale.disputed.amount":   {"已售电，但金额或电卡与应售不同。请与售电系统更正；更正前不要退款。", "Sold, but not what was ordered. Have the card-meter system put it right, and refund nothing before."},
		"todo.sale.disputed.kept":     {"已售电，售电系统没有接受撤销。请与售电系统商定。", "Sold, and the card-meter system did not take it back. Settle it with that system."},
		"todo.sale.disputed.vanished": {"曾答复已售电，后来售电系统查不到。请在售电系统按流水号核实；核实前不要退款。", "It was said to be sold, and later the card-meter system knew nothing of it. Look for the serial there, and refund nothing before."},

		"means.disputed.amount":        {"已入账，但金额与应入账不同：须更正差额", "Booked, but not with the amount of the order: the difference has to be put right"},
		"means.disputed.split":         {"已入账，但冲欠费与转预收的数额不合：须与营销系统核对", "Booked, but arrears and advance do not make the sum: check with the MIS"},
		"means.disputed.kept":          {"已入账，营销系统没有接受返销：须与营销系统商定", "Booked, and the MIS did not reverse it: settle it with the MIS"},
		"means.disputed.vanished":      {"曾答复已入账，后来营销系统查不到：须与营销系统核实", "Said to be booked, and unknown to the MIS later: check with the MIS"},
		"means.sale.disputed.amount":   {"已售电，但金额或电卡与应售不同：须与售电系统更正", "Sold, but not what was ordered: have the card-meter system put it right"},
		"means.sale.disputed.kept":     {"已售电，售电系统没有接受撤销：须与售电系统商定", "Sold, and the card-meter system did not take it back: settle it there"},
		"means.sale.disputed.vanished": {"曾答复已售电，后来售电系统查不到：须与售电系统核实", "Said to be sold, and unknown to the card-meter system later: check there"},

		"caseev.opened":    {"发现", "Found"},
		"caseev.assigned":  {"安排", "Assigned"},
		"caseev.commented": {"说明", "Remark"},
		"caseev.proposed":  {"提出", "Proposed"},
		"caseev.approved":  {"批准", "Approved"},
		"caseev.refused":   {"驳回", "Refused"},
		"caseev.closed":    {"关闭", "Closed"},
		"caseev.reopened":  {"再次出现", "Came up again"},
		"caseev.evidence":  {"佐证", "Evidence"},
	}
}
