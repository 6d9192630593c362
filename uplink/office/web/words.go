package web

import (
	"fmt"
	"maps"
	"strings"
)

// lang is a language of the pages: an index into each entry of the words.
type lang int

const (
	zh lang = iota
	en
)

func (l lang) tag() string { return [...]string{"zh-CN", "en"}[l] }
func (l lang) code() string {
	return [...]string{"zh", "en"}[l]
}

func languages() []lang { return []lang{zh, en} }

// missing marks a key without words; tests look for it.
const missing = "⟦"

// t is the words of key, formatted with args.
func (l lang) t(key string, args ...any) string {
	w, ok := words[key]
	if !ok {
		return missing + key + "⟧"
	}
	if len(args) == 0 {
		return w[l]
	}
	return fmt.Sprintf(w[l], args...)
}

// of is the words of a value that comes from outside, or the value itself.
func (l lang) of(group, value string) string {
	if w, ok := words[group+"."+value]; ok {
		return w[l]
	}
	if group == "screen" {
		for _, family := range []string{"query-", "staff-"} {
			if strings.HasPrefix(value, family) {
				return words["screen."+family][l]
			}
		}
	}
	return value
}

// words is read-only: Chinese, English.
var words = together(commonWords(), rolloutWords(), staffWords())

func together(parts ...map[string][2]string) map[string][2]string {
	all := map[string][2]string{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}

func commonWords() map[string][2]string {
	return map[string][2]string{
		"app":        {"自助缴费网管系统", "Network management system"},
		"app.short":  {"网管系统", "Wattkiosk"},
		"nav.home":   {"总览", "Overview"},
		"nav.txns":   {"交易", "Transactions"},
		"nav.posts":  {"入账", "Postings"},
		"nav.cases":  {"差异", "Cases"},
		"nav.rolls":  {"升级", "Updates"},
		"logout":     {"退出", "Log out"},
		"language":   {"English", "中文"},
		"live":       {"实时", "Live"},
		"live.lost":  {"连接中断，正在重连", "Connection lost, reconnecting"},
		"bizdate":    {"账务日期", "Business date"},
		"skip":       {"跳到内容", "Skip to content"},
		"all":        {"全部", "All"},
		"none.value": {"—", "—"},
		"yuan":       {"元", "yuan"},

		"role.accountant": {"会计", "Accountant"},
		"role.operator":   {"值班员", "Operator"},
		"role.admin":      {"管理员", "Administrator"},

		"login.title":    {"登录", "Log in"},
		"login.name":     {"用户名", "User name"},
		"login.password": {"密码", "Password"},
		"login.enter":    {"登 录", "Log in"},
		"login.refused":  {"用户名或密码不正确", "User name or password not right"},
		"login.busy":     {"尝试次数过多，请稍候再试", "Too many tries; please wait a little"},
		"login.foot":     {"仅限授权人员使用，操作均有记录", "Authorised staff only. Actions are recorded."},

		"error.403":    {"您的角色无权进行此操作", "Your role may not do this"},
		"error.404":    {"没有找到", "Not found"},
		"error.400":    {"请求无效", "Request not valid"},
		"error.409":    {"现在不能进行：状态已变化，或已了结", "Not possible now: it has changed, or is at its end"},
		"error.500":    {"内部错误，已记入日志", "An internal error; it is in the log"},
		"error.501":    {"本总部未开通此功能", "Not offered by this head office"},
		"error.413":    {"请求过大", "Request too large"},
		"error.429":    {"操作过于频繁，请稍候再试", "Too many at once; please wait a little"},
		"error.two":    {"发布方案的创建人不能自己启动，须由另一人启动", "Who created a rollout may not start it: another person has to"},
		"error.back":   {"返回总览", "Back to the overview"},
		"error.goback": {"返回", "Back"},

		"note.closed":  {"差异已关闭", "Case closed"},
		"note.retry":   {"已安排立即重试", "Retry ordered"},
		"note.reverse": {"已安排返销", "Reversal ordered"},

		"note.roll.created":   {"方案已创建，须由另一人启动", "Draft created; another person has to start it"},
		"note.roll.start":     {"发布已启动", "Rollout started"},
		"note.roll.pause":     {"发布已暂停", "Rollout paused"},
		"note.roll.stop":      {"发布已停止", "Rollout stopped"},
		"note.roll.roll-back": {"已开始回退", "Rolling back"},
		"note.uploaded":       {"升级包已收下", "Bundle taken"},
		"note.group":          {"分组已保存", "Group saved"},

		"tile.today":        {"今日缴费", "Paid today"},
		"tile.today.count":  {"%d 笔", "payments: %d"},
		"tile.posted":       {"已入账 %s", "posted %s"},
		"tile.pending":      {"待入账", "To be posted"},
		"tile.pending.sub":  {"正在处理，一般数秒内完成", "being worked on, usually seconds"},
		"tile.pending.none": {"全部有结果", "everything has its result"},
		"tile.cases":        {"待处理差异", "Open cases"},
		"tile.cases.sub":    {"涉及金额 %s", "worth %s"},
		"tile.cases.none":   {"没有待处理差异", "nothing to be worked on"},
		"tile.online":       {"在线终端", "Kiosks online"},
		"tile.online.all":   {"全部在线", "all online"},
		"tile.online.off":   {"%d 台离线", "offline: %d"},
		"tile.alarms":       {"%d 项告警", "alarms: %d"},
		"tile.alarms.none":  {"无告警", "no alarms"},

		"kiosks":       {"终端", "Kiosks"},
		"kiosk":        {"终端", "Kiosk"},
		"kiosk.screen": {"屏幕", "Screen"},
		"kiosk.alarms": {"告警", "Alarms"},
		"kiosk.cash":   {"钞箱金额", "Cash held"},
		"kiosk.notes":  {"张数", "Notes"},
		"kiosk.head":   {"日志序号", "Journal"},
		"kiosk.seen":   {"最近联系", "Last seen"},
		"kiosk.on":     {"在线", "Online"},
		"kiosk.off":    {"离线", "Offline"},
		"kiosk.fine":   {"正常", "None"},
		"kiosk.never":  {"从未", "never"},
		"kiosks.none":  {"尚无终端登记", "No kiosk is enrolled yet"},

		"txns":         {"交易", "Transactions"},
		"txns.live":    {"实时交易", "Live transactions"},
		"txns.none":    {"没有交易", "No transactions"},
		"txns.more":    {"查看全部", "See all"},
		"txn.time":     {"时间", "Time"},
		"txn.serial":   {"流水号", "Serial"},
		"txn.account":  {"户号", "Account"},
		"txn.name":     {"户名", "Name"},
		"txn.address":  {"用电地址", "Address"},
		"txn.tender":   {"支付方式", "Tender"},
		"txn.amount":   {"金额(元)", "Amount (yuan)"},
		"txn.state":    {"状态", "State"},
		"txn.arrears":  {"开单时欠费", "Arrears when opened"},
		"txn.verified": {"核验", "Verified"},
		"txn.online":   {"联机核验", "online, with the MIS"},
		"txn.offline":  {"脱机受理", "taken offline"},
		"txn.total":    {"实收", "Received"},
		"txn.toarr":    {"其中冲抵欠费", "of it to arrears"},
		"txn.toadv":    {"其中转预收", "of it credit on account"},
		"txn.ref":      {"入账编号", "Reference"},
		"txn.code":     {"营销系统返回", "MIS answer"},
		"txn.slips":    {"凭证", "Slips"},
		"txn.copies":   {"%d 份，末份%s", "%d, the last one %s"},
		"txn.noslip":   {"未打印", "none printed"},
		"txn.opened":   {"开单", "Opened"},
		"txn.closed":   {"收款结束", "Closed"},
		"txn.open":     {"收款中", "still open"},
		"txn.behind":   {"终端尚未收到结果", "The kiosk has not heard the result yet"},
		"txn.title":    {"一笔缴费", "One payment"},
		"filter.go":    {"查询", "Find"},
		"filter.clear": {"清除", "Clear"},

		"state.tendering": {"收款中", "Taking money"},
		"state.undoing":   {"退回中", "Being returned"},
		"state.undone":    {"已退回", "Returned"},
		"state.posting":   {"待入账", "To be posted"},
		"state.posted":    {"已入账", "Posted"},
		"state.owed":      {"待退补", "Owed"},
		"state.disputed":  {"核实中", "Disputed"},
		"state.cancelled": {"已取消", "Cancelled"},

		"means.tendering": {"顾客正在付款", "The customer is paying"},
		"means.undoing":   {"款项正在原路退回，或正在确认是否已付款", "The money is on its way back, or it is being found out whether it was paid"},
		"means.undone":    {"没有扣款，或已全部退回", "Nothing was taken, or all of it was returned"},
		"means.doubt":     {"有纸币去向不明：请查差异，清机时核对钞箱", "A note cannot be placed: see the case, and count the cassette"},
		"means.posting":   {"钱已收妥，正在记入营销系统", "The money is held; it is being posted in the MIS"},
		"means.posted":    {"已记入营销系统，账目已清", "Booked in the MIS; nothing is left to do"},
		"means.owed":      {"钱已收、确定没有入账：须退还顾客或补记", "Taken and definitely not booked: refund it or book it by hand"},
		"means.disputed":  {"机器无法判定是否入账：须与营销系统核实", "The machine cannot settle it: check with the MIS"},
		"means.cancelled": {"没有收钱", "No money stayed here"},

		"tender.cash":     {"现金", "Cash"},
		"tender.bankcard": {"银行卡", "Bank card"},
		"tender.qr":       {"扫码", "QR code"},

		"notes":           {"纸币", "Notes"},
		"notes.none":      {"没有收到纸币", "No notes were taken"},
		"notes.n":         {"序", "No."},
		"notes.value":     {"面额(元)", "Value (yuan)"},
		"notes.state":     {"去向", "Where it is"},
		"notes.evidence":  {"依据", "Evidence"},
		"notes.inferred":  {"推断", "inferred"},
		"notes.sum":       {"入钞箱合计", "In the cassette"},
		"note.pending":    {"收入途中", "On its way"},
		"note.stacked":    {"入钞箱", "Stacked"},
		"note.returned":   {"退还顾客", "Returned"},
		"note.unresolved": {"去向不明", "Unresolved"},
		"note.found":      {"事后入钞箱", "Found stacked later"},

		"evidence.stacked":                   {"识币器报告入钞箱", "the note validator reported it stacked"},
		"evidence.stacked report":            {"识币器报告入钞箱", "the note validator reported it stacked"},
		"evidence.stacked-late":              {"识币器迟到的入钞箱报告", "the note validator reported it stacked late"},
		"evidence.power-up-in-stacker":       {"断电恢复后识币器报告纸币在钞箱", "after the power cut the note validator reported it in the cassette"},
		"evidence.returned":                  {"识币器报告已退还", "the note validator reported it returned"},
		"evidence.returned-late":             {"识币器迟到的退还报告", "the note validator reported it returned late"},
		"evidence.another-value-returned":    {"退还的面额与暂存不符", "another value was returned"},
		"evidence.another-note-in-escrow":    {"暂存位出现另一张纸币", "another note appeared in escrow"},
		"evidence.unaccounted-for":           {"识币器报告纸币下落不明", "the note validator cannot account for it"},
		"evidence.left-in-path":              {"纸币留在通道内", "the note was left in the path"},
		"evidence.ready-without-report":      {"识币器就绪，但没有报告去向", "the note validator was ready without a report"},
		"evidence.no-report-in-time":         {"识币器未按时报告", "the note validator did not report in time"},
		"evidence.stacked-value-not-told":    {"已入钞箱，识币器未报面额", "stacked; the note validator did not tell the value"},
		"evidence.another-value-stacked":     {"入钞箱的面额与暂存不符", "another value was stacked"},
		"evidence.value-differs-from-escrow": {"面额与暂存不符", "the value differs from escrow"},
		"evidence.stacked-without-order":     {"没有指令而入钞箱", "stacked without an order"},

		"time":              {"经过", "What happened"},
		"who.kiosk":         {"终端", "Kiosk"},
		"who.office":        {"总部", "Head office"},
		"who.mis":           {"营销系统", "MIS"},
		"who.person":        {"人工", "Person"},
		"clock.bad":         {"终端时钟未校准", "the kiosk's clock was not set"},
		"clock.note":        {"终端各步按终端时钟，其余按总部时钟。", "Steps of the kiosk are by its clock, the others by head office's."},
		"ev.opened.offline": {"开单：户号 %s，欠费未知", "Opened: account %s, arrears not known"},
		"ev.resolved":       {"终端收到更正：%s", "The kiosk heard the correction: %s"},
		"amount.unknown":    {"（面额未知）", "(value not known)"},
		"txn.doubt":         {"%s 入账 · %s 待核实", "%s booked · %s to be checked"},
		"txn.unknown":       {"—（脱机，未知）", "— (offline, not known)"},
		"ev.opened":         {"开单：户号 %s，欠费 %s", "Opened: account %s, arrears %s"},
		"ev.accepted":       {"第 %d 张 %s：决定收入", "Note %d, %s: accepted"},
		"ev.stacked":        {"第 %d 张 %s：入钞箱", "Note %d, %s: stacked"},
		"ev.returned":       {"第 %d 张 %s：退还顾客", "Note %d, %s: returned"},
		"ev.unresolved":     {"第 %d 张 %s：去向不明，已立差异", "Note %d, %s: nobody can place it; a case is open"},
		"ev.card.sale":      {"向银行发起消费 %s，卡号 %s", "Sale of %s sent to the bank, card %s"},
		"ev.card.numbers":   {"终端 %s，批次 %s，流水 %s", "terminal %s, batch %s, trace %s"},
		"ev.card.approved":  {"银行已批准", "Approved by the bank"},
		"ev.card.reference": {"参考号 %s，授权码 %s", "reference %s, authorisation %s"},
		"ev.card.declined":  {"银行拒绝（%s）", "Declined by the bank (%s)"},
		"ev.card.reverse":   {"开始冲正", "Reversal ordered"},
		"ev.card.reversed":  {"已冲正", "Reversed"},
		"ev.card.kept":      {"银行拒绝冲正（%s）", "The bank refused the reversal (%s)"},
		"ev.card.evidence":  {"与记录不符的银行应答（%s）", "The bank's answer (%s) contradicts the records"},
		"ev.card.captured":  {"吞卡 %s", "Card %s captured"},
		"ev.money.returned": {"%s 确认款项已退还", "%s says that the money was returned"},
		"ev.qr.ordered":     {"扫码订单 %s", "QR order of %s"},
		"ev.qr.closing":     {"不再等待付款，关闭订单", "Nobody waits any more; the order is being closed"},
		"ev.qr.paid":        {"已扫码支付 %s", "Paid %s by QR code"},
		"ev.qr.reference":   {"渠道 %s，单号 %s", "%s, reference %s"},
		"ev.qr.not-paid":    {"没有支付", "Not paid"},
		"ev.qr.unknown":     {"支付结果无法确认，已立差异", "Nobody knows whether it was paid; a case is open"},
		"ev.qr.refund":      {"开始退款", "Refund ordered"},
		"ev.qr.refunded":    {"已退款", "Refunded"},
		"ev.qr.kept":        {"退款被拒绝", "The refund was refused"},
		"qr.shown":          {"顾客扫终端屏幕", "the customer scanned the screen"},
		"qr.scanned":        {"终端扫顾客手机", "the kiosk scanned the telephone"},
		"ev.stray":          {"无单入钞 %s，已立差异", "%s stacked without an order; a case is open"},
		"ev.closed":         {"收款结束：合计 %s", "Cash closed: %s"},
		"ev.learned":        {"终端收到结果：%s", "The kiosk heard the result: %s"},
		"ev.slip":           {"凭证第 %d 份：%s", "Slip, copy %d: %s"},
		"ev.ordered":        {"建立入账单", "Posting ordered"},
		"ev.call.post":      {"发出入账请求", "Posting sent"},
		"ev.call.ask":       {"按流水号查询是否入账", "Asked by serial whether it is booked"},
		"ev.call.reverse":   {"发出返销请求", "Reversal sent"},
		"ev.ans.post":       {"入账答复：%s", "Answer to the posting: %s"},
		"ev.ans.ask":        {"查询答复：%s", "Answer to the question: %s"},
		"ev.ans.reverse":    {"返销答复：%s", "Answer to the reversal: %s"},
		"ev.late":           {"迟到的%s", "Late: %s"},
		"ev.lost":           {"没有答复，按未知处理", "No answer: taken as unknown"},
		"ev.recalled":       {"终端记录：此单曾有结果", "The kiosk's records tell an outcome that these books had lost"},
		"ev.restart":        {"总部重启，在途请求按未知处理", "Head office restarted; the call in flight is taken as unknown"},
		"ev.retry":          {"人工重试", "Tried again by a person"},
		"ev.reverse":        {"人工返销", "Reversed by a person"},
		"ev.inferred":       {"推断：%s", "inferred: %s"},
		"ev.to":             {"→ %s", "→ %s"},
		"ev.case":           {"立差异：%s", "Case opened: %s"},
		"ev.caseclosed":     {"差异关闭：%s", "Case closed: %s"},
		"ev.by":             {"经办 %s", "by %s"},
		"ev.note.late":      {"终端记录尚在路上", "The kiosk's records are still on their way"},

		"pstate.ordered":   {"待发", "Ordered"},
		"pstate.calling":   {"入账中", "Posting"},
		"pstate.asking":    {"查询中", "Asking"},
		"pstate.reversing": {"返销中", "Reversing"},
		"pstate.posted":    {"已入账", "Posted"},
		"pstate.owed":      {"待退补", "Owed"},
		"pstate.disputed":  {"核实中", "Disputed"},

		"why.no-answer":       {"银行没有应答", "no answer of the bank"},
		"why.bad-answer":      {"银行应答不可信", "an answer that cannot be believed"},
		"why.card-declined":   {"卡片拒绝", "declined by the card"},
		"why.card-gone":       {"卡片被取走", "the card was gone"},
		"why.posting-refused": {"入账被拒绝", "the posting was refused"},
		"why.paid":            {"已支付", "paid"},
		"why.declined":        {"银行拒绝", "declined"},
		"why.expired":         {"订单过期", "expired"},
		"why.closed":          {"订单已关闭", "closed"},
		"why.other-code":      {"改用付款码", "paid by the code of a telephone instead"},
		"why.no-code":         {"没有取得付款码", "no code came"},
		"why.forgotten":       {"顾客忘取卡", "forgotten"},
		"why.bank":            {"银行要求", "wanted by the bank"},
		"why.paid-late":       {"迟到的付款", "paid late"},
		"why.customer":        {"顾客确认", "by the customer"},
		"why.timeout":         {"超时", "time-out"},
		"why.limit":           {"达到限额", "limit reached"},
		"why.power-cut":       {"断电恢复", "after a power cut"},
		"why.device":          {"设备故障", "device fault"},

		"slip.started":     {"开始打印", "started"},
		"slip.printed":     {"已打印", "printed"},
		"slip.not-printed": {"未打出", "not printed"},
		"slip.unsure":      {"是否打出不确定", "unsure"},

		"reason.the MIS refused the posting":                           {"营销系统拒绝入账", "the MIS refused the posting"},
		"reason.the posting was reversed in the MIS":                   {"该笔已在营销系统返销", "the posting was reversed in the MIS"},
		"reason.the MIS refused the posting, and holds no earlier one": {"营销系统拒绝入账，且没有更早的入账", "the MIS refused the posting, and holds no earlier one"},
		"reason.the posting was reversed":                              {"该笔已返销", "the posting was reversed"},
		"reason.never posted: the MIS had nothing to reverse":          {"从未入账：营销系统没有可返销的记录", "never posted: the MIS had nothing to reverse"},
		"reason.posted; the MIS did not reverse it":                    {"已入账；营销系统未返销", "posted; the MIS did not reverse it"},
		"reason.posted; later the MIS knew nothing of it":              {"已入账；之后营销系统查无此笔", "posted; later the MIS knew nothing of it"},

		"reason.the MIS refused the reversal; the payment stays posted":                   {"营销系统拒绝返销，该笔仍为已入账", "the MIS refused the reversal; the payment stays posted"},
		"reason.the MIS never answered the reversal usably; the payment stays posted":     {"营销系统对返销没有可用的答复，该笔仍为已入账", "the MIS never answered the reversal usably; the payment stays posted"},
		"reason.the MIS booked the payment and now knows nothing of it":                   {"营销系统曾入账，现查无此笔", "the MIS booked the payment and now knows nothing of it"},
		"reason.the MIS reported late that the payment is booked":                         {"营销系统迟到的答复称已入账", "the MIS reported late that the payment is booked"},
		"reason.the MIS reported late that it booked something else":                      {"营销系统迟到的答复称入账内容不同", "the MIS reported late that it booked something else"},
		"reason.the MIS reported late that the payment is reversed":                       {"营销系统迟到的答复称已返销", "the MIS reported late that the payment is reversed"},
		"reason.the MIS keeps answering the posting without booking it":                   {"营销系统有答复但一直不入账", "the MIS keeps answering the posting without booking it"},
		"reason.the kiosk was told before that it is not posted; these books had lost it": {"终端此前已被告知未入账，本账册曾丢失该结果", "the kiosk was told before that it is not posted; these books had lost it"},
		"reason.the MIS reported late that it refused one call":                           {"营销系统迟到的答复称拒绝了一次请求", "the MIS reported late that it refused one call"},
		"reason.posted after all":                                      {"后来已入账", "posted after all"},
		"reason.given back by the acquirer":                            {"收单机构已原路退款", "given back by the acquirer"},
		"reason.the order came to its end":                             {"扫码单已有结果", "the order came to its end"},
		"reason.ordered and paid":                                      {"已收款并要求入账", "ordered and paid"},
		"reason.the records came":                                      {"记录已补齐", "the records came"},
		"reason.its journal was taken in":                              {"遗失的日志已补录", "its journal was taken in"},
		"reason.ordered by its record":                                 {"记录已到，已按记录入账", "ordered by its record"},
		"reason.the MIS could neither confirm nor reverse the posting": {"营销系统既不能确认也不能返销", "the MIS could neither confirm nor reverse the posting"},

		"posts":            {"入账", "Postings"},
		"posts.open":       {"未了结", "Open"},
		"posts.none":       {"没有入账单", "No postings"},
		"post.ordered":     {"下单时间", "Ordered"},
		"post.calls":       {"发送次数", "Posts sent"},
		"post.next":        {"下次处理", "Next step"},
		"post.flight":      {"在途", "in flight"},
		"post.answer":      {"最近答复", "Last answer"},
		"post.title":       {"入账", "Posting"},
		"post.none":        {"没有入账单", "Nothing was ordered"},
		"act.retry":        {"立即重试", "Try again"},
		"act.reverse":      {"返销", "Reverse"},
		"act.reason":       {"原因（必填，留存备查）", "Reason (required, kept for audit)"},
		"act.title":        {"人工处理", "Act on it"},
		"act.retry.hint":   {"先查询再入账，不会重复记账。", "Asks before it posts: nothing is booked twice."},
		"act.reverse.hint": {"在营销系统撤销这笔入账；解款后不能返销。", "Undoes the posting in the MIS; not possible after remittance."},

		"cases":         {"待处理差异", "Cases"},
		"cases.open":    {"待处理", "Open"},
		"cases.none":    {"没有差异", "No cases"},
		"cases.noopen":  {"没有待处理差异", "No open cases"},
		"cases.sum":     {"%d 项，合计 %s", "%d, together %s"},
		"cases.sum.all": {"待处理 %d 项，合计 %s", "open: %d, together %s"},
		"case.class":    {"类别", "Class"},
		"case.opened":   {"发现时间", "Found"},
		"case.age":      {"已 %s", "for %s"},
		"case.basis":    {"依据", "Basis"},
		"case.close":    {"处理并关闭", "Settle and close"},
		"case.confirm":  {"确认关闭", "Close the case"},
		"case.what":     {"处理结果（必填，留存备查）", "What was done (required, kept for audit)"},
		"case.hint":     {"例：已与营销系统核对，人工补记，入账编号 …", "e.g. checked with the MIS, booked by hand, reference …"},
		"case.closed":   {"已关闭", "Closed"},
		"case.closedby": {"%s 于 %s 关闭", "closed by %s on %s"},
		"case.office":   {"系统", "the system"},
		"case.ref":      {"编号", "Number"},

		"class.owed":        {"应退补", "Owed"},
		"class.disputed":    {"入账不明", "Disputed"},
		"class.evidence":    {"答复矛盾", "Contradicting answer"},
		"class.late":        {"入账超时", "Late posting"},
		"class.note":        {"纸币去向不明", "Note unresolved"},
		"class.stray-note":  {"无单入钞", "Stray note"},
		"class.conflict":    {"流水号冲突", "Serial conflict"},
		"class.chain":       {"日志不衔接", "Journal break"},
		"class.difference":  {"金额不符", "Amount differs"},
		"class.unreadable":  {"记录不可读", "Unreadable record"},
		"class.foreign-txn": {"他机流水号", "Foreign serial"},
		"class.lost":        {"日志遗失", "Journal lost"},
		"class.held":        {"入账暂缓", "Order held"},
		"class.branch":      {"日志分叉", "Journal branch"},
		"class.gap":         {"记录缺失", "Records missing"},

		"class.unpaid":     {"未收先入账", "Not received"},
		"class.unbooked":   {"已收未入账", "Received, not booked"},
		"class.returning":  {"迟到付款退回", "Late payment goes back"},
		"class.kept":       {"退款被拒", "Refund refused"},
		"class.order-late": {"扫码单超时", "Late QR order"},

		"todo.owed":        {"钱已收、确定未入账。请补记或退还顾客。", "Taken, definitely not booked. Book it by hand or refund it."},
		"todo.disputed":    {"不知是否入账。请在营销系统按流水号核实。", "Not known whether it is booked. Look for the serial in the MIS."},
		"todo.evidence":    {"营销系统的答复与账面不符，账面未改。请在营销系统按流水号核实。", "What the MIS said contradicts the books, which stay as they are. Look for the serial in the MIS."},
		"todo.late":        {"入账超过 24 小时没有结果，系统仍在处理。", "No result for over 24 hours; the system goes on trying."},
		"todo.note":        {"清机时按序核对钞箱，确认这张纸币。", "Look for this note when the cassette is counted."},
		"todo.stray-note":  {"钞箱多出一张纸币。清机核对后退还或挂账。", "One note too many in the cassette. Count, then refund or book it."},
		"todo.conflict":    {"同一流水号有两个不同的入账要求，只处理了先到的。", "Two different orders under one serial; only the first was taken."},
		"todo.chain":       {"终端日志与总部所存不衔接，已停止确认。请联系技术人员。", "The kiosk's journal does not follow what is held. Call a technician."},
		"todo.difference":  {"终端报的合计与逐张纸币之和不同。清机时核对。", "The kiosk's total is not the sum of its notes. Count the cassette."},
		"todo.unreadable":  {"一条资金记录不可读。请联系技术人员。", "A money record cannot be read. Call a technician."},
		"todo.lost":        {"换机前收的钱没有结束记录。请找回旧卡用 officed import journal 导入，或清机核对后退补。", "Money was taken before the board was replaced, and its end is not recorded. Find the old card and take it in with officed import journal, or count and refund."},
		"todo.held":        {"终端日志不衔接，这笔入账要求暂缓处理。请核对后补记或退还。", "The kiosk's journal does not follow, so this order was held. Check it, then book or refund it."},
		"todo.branch":      {"同一终端号有两份日志（主板可能被复制）。请找出两台机器，核对这笔钱。", "One terminal number writes two journals (the board may have been copied). Find both machines and check this payment."},
		"todo.gap":         {"终端的一段记录总部没有，也没有再送来（总部可能从备份恢复过）。请联系技术人员。", "Records of the kiosk are missing here and do not come (head office may have been restored from a backup). Call a technician."},
		"todo.foreign-txn": {"终端用了别的终端的流水号。请联系技术人员。", "The kiosk used another kiosk's serial. Call a technician."},

		"todo.unpaid":     {"终端要求入账，但收单机构没有这笔付款，或尚无答复；未入账。请按流水号向收单机构核实。", "The kiosk wants it booked, and the acquirer has no such payment, or has not answered yet: it was not booked. Look for the serial at the acquirer."},
		"todo.unbooked":   {"收单机构已收款，终端没有要求入账（终端可能失联）。终端恢复后会自动入账；否则请退款或补记。", "The acquirer has the money, and the kiosk ordered no posting (it may be gone). It is booked when the kiosk is back; else refund it or book it by hand."},
		"todo.returning":  {"终端已告知顾客未付款，之后款到。系统正在原路退回，退回后自动关闭。", "It was paid after the kiosk had said that it was not. The system gives it back; this closes by itself."},
		"todo.kept":       {"收单机构拒绝退款，钱仍在商户账户。请与收单机构联系，退还顾客。", "The acquirer refused the refund and has the money still. Call the acquirer, and give the customer the money back."},
		"todo.order-late": {"收单机构超过一小时没有确定的答复，系统仍在查询。", "No clear answer of the acquirer for over an hour; the system goes on asking."},

		"alarm.validator":       {"识币器故障", "Note validator fault"},
		"alarm.cassette":        {"钞箱满或不在位", "Cassette full or out"},
		"alarm.printer":         {"打印机故障", "Printer fault"},
		"alarm.paper":           {"凭证纸用完", "Out of paper"},
		"alarm.door":            {"机柜门打开", "Door open"},
		"alarm.offline":         {"无法联机且无脱机额度", "No line and no offline limit"},
		"alarm.journal":         {"日志不能写入", "Journal does not accept records"},
		"alarm.journal-chain":   {"日志不衔接", "Journal does not follow"},
		"alarm.journal-gap":     {"日志记录缺失", "Journal records missing"},
		"alarm.starting":        {"启动中", "Starting"},
		"alarm.tamper":          {"防拆开关动作", "Tamper switch"},
		"alarm.mains":           {"市电中断", "Mains lost"},
		"alarm.vibration":       {"机柜震动", "Vibration"},
		"alarm.temperature":     {"机柜温度过高", "Cabinet too hot"},
		"alarm.line-settings":   {"联机证书或密钥不可用", "Certificate or key of the line cannot be used"},
		"alarm.clock":           {"终端时钟不可信", "The kiosk's clock is not to be trusted"},
		"alarm.certificate":     {"终端证书即将到期", "The kiosk's certificate ends soon"},
		"alarm.office-behind":   {"总部缺少终端已清理的记录", "Head office lacks records that the kiosk has no more"},
		"alarm.control":         {"维护接口不可用", "Control socket not available"},
		"alarm.update":          {"软件升级中，暂停服务", "Being updated, out of service"},
		"alarm.update-trial":    {"新软件试运行", "New software on trial"},
		"alarm.update-fallback": {"新软件未通过，已恢复旧版", "New software failed, the one before runs"},

		"screen.idle":            {"待机", "Idle"},
		"screen.choose-service":  {"选择服务", "Choosing service"},
		"screen.enter-account":   {"输入户号", "Entering account"},
		"screen.confirm-account": {"核对户号", "Confirming account"},
		"screen.choose-tender":   {"选择支付方式", "Choosing tender"},
		"screen.insert-cash":     {"投入纸币", "Inserting notes"},
		"screen.insert-card":     {"插卡", "Inserting card"},
		"screen.enter-pin":       {"输入密码", "Entering PIN"},
		"screen.processing":      {"处理中", "Processing"},
		"screen.write-card":      {"写卡", "Writing card"},
		"screen.done":            {"完成", "Done"},
		"screen.failed":          {"未完成", "Failed"},
		"screen.out-of-service":  {"暂停服务", "Out of service"},
		"screen.query-":          {"查询", "Querying"},
		"screen.staff-":          {"现场维护", "Staff at work"},

		"ago.now": {"刚刚", "just now"},
		"ago.s":   {"%d 秒", "%d s"},
		"ago.m":   {"%d 分钟", "%d min"},
		"ago.h":   {"%d 小时", "%d h"},
		"ago.d":   {"%d 天", "%d days"},
		"ago":     {"%s前", "%s ago"},
	}
}
