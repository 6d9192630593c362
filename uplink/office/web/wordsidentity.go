package web

// identityWords are those of who kiosks are.
func identityWords() map[string][2]string {
	return map[string][2]string{
		"class.clone": {"终端身份疑被冒用", "Another device may use a kiosk's identity"},
		"todo.clone": {
			"可能有另一台设备持有这台终端的密钥。有疑问先在终端页面停用，查看现场设备，再重新注册终端：新密钥生效后旧密钥立即失效。",
			"Another device may hold this kiosk's key. If in doubt suspend it first on its page, look at the site, then enrol the kiosk again: no older key counts from then on.",
		},
		"alarm.not-admitted": {"总部未准许终端接入", "Head office does not admit the kiosk"},
		"alarm.line-flaps":   {"连接反复被断开，可能另有设备使用同一身份", "The line is cut again and again: another device may use the same identity"},

		"plankind.resume-kiosk":  {"恢复终端服务", "Put a kiosk back into service"},
		"plankind.replace-kiosk": {"终端换机", "Replace a kiosk's board"},
		"plankind.retire-kiosk":  {"终端退役", "Retire a kiosk"},
		"planfact.service":       {"执行前状态", "Service before"},
		"planfact.service_to":    {"执行后状态", "Service after"},
		"planfact.key":           {"密钥指纹", "Key"},
		"planfact.incarnation":   {"日志代次", "Incarnation of the journal"},

		"service":            {"服务状态", "Service"},
		"service.in-service": {"服务中", "In service"},
		"service.suspended":  {"已停用", "Suspended"},
		"service.replaced":   {"等待换机", "To be replaced"},
		"service.retired":    {"已退役", "Retired"},
		"service.ends":       {"证书有效至", "Certificate ends"},
		"service.due":        {"（应更新）", "(to be renewed)"},
		"service.next":       {"下一把密钥，尚未启用", "Next key, not proven yet"},

		"servicemeans.in-service": {"总部接受这台终端的连接和记录", "Head office takes its connections and records"},
		"servicemeans.suspended":  {"总部不接受连接，终端不再收款；记录留在终端，恢复后补传", "No connection is taken, and it takes no money; its records stay with it, and come once it is resumed"},
		"servicemeans.replaced":   {"原主板不再被接受；新主板注册后恢复服务", "The board it had is not taken any more; the next one that is enrolled is in service"},
		"servicemeans.retired":    {"不再使用，也不能注册；旧卡的记录仍可由 officed import journal 取回", "It is not used any more, and is not enrolled; officed import journal still takes the records of its card in"},

		"serviceact.suspend": {"立即停用", "Suspend at once"},
		"serviceact.resume":  {"恢复服务", "Put back into service"},
		"serviceact.replace": {"换机", "Replace the board"},
		"serviceact.retire":  {"退役", "Retire"},

		"servicehint.suspend": {"一人即可执行：连接在 5 秒内断开。恢复须由两人。", "One person does it: its connection is cut within 5 seconds. To resume it takes two."},
		"servicehint.resume":  {"终端以原有密钥恢复服务，停用期间的记录随即补传。", "It is in service with the key that it had; what it wrote meanwhile comes then."},
		"servicehint.replace": {"原主板和密钥作废，等待新主板注册。", "Board and key count no more; another board is to be enrolled."},
		"servicehint.retire":  {"终端永久停用，不能再注册。", "It is out of service for good, and is not enrolled again."},

		"note.suspended": {"终端已停用", "The kiosk is suspended"},

		"fork":           {"日志写了两份", "Journal written twice"},
		"fork.hint":      {"两块主板以同一身份写了记录。由两人选定哪一份是这台终端的日志，另一份存为佐证，其入账转为差异。", "Two boards wrote under one name. Two people say which is the kiosk's journal; the other is kept as evidence, and its postings become cases."},
		"fork.side":      {"哪一份", "Side"},
		"fork.first":     {"先到的一份", "Came first"},
		"fork.second":    {"分支 %s", "Branch %s"},
		"fork.records":   {"记录", "Records"},
		"fork.payments":  {"笔数", "Payments"},
		"fork.last":      {"最后一条记录", "Last record"},
		"fork.heard":     {"最近收到", "Last heard"},
		"fork.keep":      {"提出保留这一份", "Propose to keep this one"},
		"fork.keep.hint": {"须由另一人核对并批准。请先到现场确认哪一块主板在机柜里。", "Another person has to check and approve it. See on site first which board is in the cabinet."},
		"fork.see":       {"到终端页面选定", "Choose on the kiosk's page"},
		"fork.said":      {"%s：记录 %d–%d，%d 笔，%s，最后一条 %s", "%s: records %d–%d, payments: %d, %s, the last on %s"},

		"held":              {"暂缓的入账", "Order that is held"},
		"held.none":         {"没有记录", "no records"},
		"held.release":      {"提出放行入账", "Propose to post it"},
		"held.release.hint": {"批准后按此订单入账一次。请先核对终端记录、钞箱和顾客凭证。", "Once approved it is posted once, as ordered. Check records, cassette and the customer's slip first."},
		"held.refuse":       {"提出不入账", "Propose not to post it"},
		"held.refuse.hint":  {"批准后不再入账，记为应退补，终端会得到通知。", "Once approved it is never posted: it is owed, and the kiosk is told."},
		"held.notyou":       {"由会计、值班员或管理员提出", "An accountant, operator or administrator proposes it"},
		"held.see":          {"放行或不入账", "Post it, or not"},

		"doubt.journal":     {"终端日志不衔接", "The kiosk's journal does not follow"},
		"doubt.fork":        {"日志写了两份，尚无记录要求入账", "The journal is written twice, and no record orders it yet"},
		"doubt.limit":       {"超过一笔缴费的上限", "More than one payment can be"},
		"doubt.day":         {"超过钞箱一日所能容纳", "More than the cassette holds"},
		"doubt.incarnation": {"流水号属于另一代日志", "The serial is of another journal"},
		"doubt.ahead":       {"流水号远超日志末尾", "The serial is far after the journal's end"},
		"doubt.time":        {"收款时间不可能", "No clock says that time"},
		"doubt.tender":      {"没有这种支付方式", "There is no such tender"},
		"doubt.notes":       {"与记录中的纸币不符", "The notes in the records are another sum"},
		"doubt.unpaid":      {"尚无人收到这笔款", "Nobody has its money, as far as is known"},

		"plandone.release-order":  {"已放行，按订单入账一次；结果见交易页面", "Released, to be posted once as ordered: see the transaction"},
		"plandone.refuse-order":   {"不再入账：已记为应退补，另开差异", "It is never posted: it is owed, and a case says so"},
		"plandone.choose-branch":  {"选定的一份已是这台终端的日志；另一份存为佐证，其中已入账的各开差异", "The side that was chosen is the kiosk's journal; the other is evidence, and what was posted of it is a case each"},
		"plandone.resume-kiosk":   {"终端已恢复服务，可以重新连接", "The kiosk is in service, and may connect again"},
		"plandone.replace-kiosk":  {"原密钥已作废；新主板注册后恢复服务", "Its key counts no more; the next board that is enrolled is in service"},
		"plandone.retire-kiosk":   {"终端已退役，连接已断开", "The kiosk is retired, and its connection is cut"},
		"plandone.reset-factor":   {"第二因素已取消，全部登录已结束；下次登录时重新设置", "The second factor is gone, and so are all sessions; the next login sets up another"},
		"plandone.reverse":        {"已安排返销，结果见交易页面", "The reversal is ordered: see the transaction"},
		"plandone.retry":          {"已安排重新入账，结果见交易页面", "It is tried again: see the transaction"},
		"plandone.lift-cash-rule": {"这些终端恢复收取纸币，直至下一个未签账期", "These kiosks take notes again, until the next date that is not signed"},
		"planfact.person":         {"人员", "Person"},
	}
}
