package session

import "wattkiosk/payments/receipt"

// Text is a phrase of the screen in a language; an unknown key comes back as
// itself, so that a missing phrase is seen and not hidden.
func Text(l receipt.Lang, key string) string {
	t, ok := texts[key]
	if !ok {
		return key
	}
	if l == receipt.English {
		return t[1]
	}
	return t[0]
}

// texts holds Chinese first, English second.
var texts = map[string][2]string{
	"language": {"中文", "English"},

	"title.idle":            {"电力自助缴费", "Electricity self-service"},
	"title.choose-service":  {"请选择服务", "Choose a service"},
	"title.enter-account":   {"请输入户号", "Enter your account number"},
	"title.confirm-account": {"请核对用户信息", "Is this your account?"},
	"title.choose-tender":   {"请选择支付方式", "How would you like to pay?"},
	"title.insert-cash":     {"请放入纸币", "Insert your notes"},
	"title.processing":      {"正在处理", "One moment"},
	"title.done":            {"缴费完成", "Payment complete"},
	"title.failed":          {"请注意", "Please read this"},
	"title.out-of-service":  {"暂停服务", "Out of service"},

	"action.start":       {"开始", "Start"},
	"action.pay-bill":    {"电费缴纳", "Pay a bill"},
	"action.buy-power":   {"购电写卡", "Buy power"},
	"action.query":       {"信息查询", "Look up"},
	"action.back":        {"返回", "Back"},
	"action.cancel":      {"取消", "Cancel"},
	"action.account":     {"查询", "Continue"},
	"action.confirm":     {"信息正确", "Yes, this is right"},
	"action.finish-cash": {"放完了，缴费", "Done, pay now"},
	"action.more-time":   {"继续操作", "I need more time"},
	"action.print":       {"重新打印凭证", "Print the slip again"},
	"action.finish":      {"完成", "Finish"},

	"tender.cash":     {"现金", "Cash"},
	"tender.bankcard": {"银行卡", "Bank card"},
	"tender.qr":       {"扫码", "QR code"},

	"waiting": {"正在查询，请稍候…", "Looking up the account…"},
	"asking":  {"还在操作吗？", "Are you still there?"},

	"hint.offline":     {"线路暂时中断：现在无法显示户名和欠费。您可以先缴费，恢复后自动入账。请再次核对户号。", "The line is down: name and arrears cannot be shown. You can pay now; it is posted once when the line returns. Please check the number again."},
	"hint.no-arrears":  {"当前无欠费，缴纳的金额将转为预收电费。", "Nothing is owed. What you pay is kept as advance payment."},
	"hint.minimum":     {"该户不支持部分缴费，最低缴纳 ¥", "Part payment is not possible for this account. Least payable: CNY "},
	"hint.surplus":     {"本机不找零，多缴部分自动转为预收电费。", "No change is given; any surplus becomes advance payment."},
	"hint.insert":      {"请逐张放入纸币，本机不找零，多缴部分转为预收。", "One note at a time. No change is given; surplus becomes advance payment."},
	"hint.note-moving": {"正在识别纸币，请稍候…", "Checking the note…"},
	"hint.opening":     {"正在准备收钞…", "Opening the note slot…"},

	"refused.limit":      {"超出本次可缴金额，纸币已退回。", "That would exceed the limit; the note was returned."},
	"refused.count":      {"本次纸币张数已满，纸币已退回。", "Too many notes; the note was returned."},
	"refused.pending":    {"请一次放入一张，纸币已退回。", "One note at a time, please; the note was returned."},
	"refused.closed":     {"已停止收钞，纸币已退回。", "No more notes are taken; the note was returned."},
	"refused.rejected":   {"未能识别该纸币，已退回，请展平后重试或换一张。", "The note was not recognised. Flatten it or try another one."},
	"processing":         {"正在入账，请不要离开…", "Posting your payment, please stay…"},
	"out-of-service":     {"本机暂停服务，请使用其他终端或到营业厅办理。", "This machine is not in service. Please use another one or go to the office."},
	"notice.no-account":  {"没有这个户号，请核对后重新输入。", "There is no such account. Please check the number."},
	"notice.meter-card":  {"该户为卡表用户，请使用购电服务，不能缴费。", "This is a meter-card account: buy power onto the card instead."},
	"notice.not-payable": {"该户当前不能在本机缴费，请到营业厅办理。", "This account cannot be paid here now. Please go to the office."},
	"notice.unavailable": {"系统暂时无法查询，请稍后再试。", "The account cannot be looked up now. Please try again later."},
	"notice.no-cash":     {"现金缴费暂不可用。", "Cash payment is not available now."},

	"result.paid":      {"缴费成功，已入账", "Paid and posted"},
	"result.pending":   {"款已收妥，稍后自动入账", "Money received, posting follows"},
	"result.owed":      {"未能入账，款项将退还或补入", "Not posted: the money is owed to you"},
	"result.disputed":  {"交易正在核实", "This payment is being checked"},
	"result.cancelled": {"已取消，没有收取任何现金", "Cancelled; no money was taken"},
	"next.paid":        {"请取走凭证。谢谢！", "Please take your slip. Thank you!"},
	"next.pending":     {"您的款项已记录在本机，线路恢复后自动入账一次，不会重复。请保留凭证。", "Your money is recorded here and will be posted once, by itself. Please keep the slip."},
	"next.owed":        {"请持凭证到营业厅，工作人员将为您退款或补入。", "Please take the slip to the counter for a refund or a booking by hand."},
	"next.disputed":    {"本笔交易已登记核实，请保留凭证或抄下流水号。", "It is registered for checking. Please keep the slip or note the serial."},
	"next.cancelled":   {"欢迎再次使用。", "You are welcome any time."},

	"slip.printing": {"正在打印凭证…", "Printing your slip…"},
	"slip.printed":  {"凭证已打印，请取走。", "Your slip is printed. Please take it."},
	"slip.failed":   {"凭证未能打印，请抄下或拍下流水号，可凭它补打。", "The slip was not printed. Note or photograph the serial: it is enough for a reprint."},

	"block.validator": {"纸币器不可用", "note validator not available"},
	"block.printer":   {"凭证打印机不可用", "printer not available"},
	"block.paper":     {"凭证纸用完", "out of paper"},
	"block.cassette":  {"钱箱已满或已取出", "cassette full or removed"},
	"block.journal":   {"存储空间不足", "storage is full"},
	"block.offline":   {"线路中断", "line is down"},
	"block.door":      {"机柜门已打开", "door is open"},
	"block.tamper":    {"机柜异常", "the cabinet was disturbed"},
	"block.mains":     {"市电中断", "mains power is lost"},
	"block.starting":  {"正在启动", "starting"},
}
