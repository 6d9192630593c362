package screen

import (
	"wattkiosk/firmware/page"
	"wattkiosk/payments/receipt"
)

// phrase is a fixed phrase of the page; phrases of the pages are looked up
// where the page has none. An unknown key comes back as itself, so that a
// missing phrase is seen.
func phrase(l receipt.Lang, key string) string {
	t, ok := phrases[key]
	switch {
	case !ok:
		return page.Text(l, key)
	case l == receipt.English:
		return t[1]
	}
	return t[0]
}

// known reports whether there are words for a key, here or among those of the pages.
func known(key string) bool {
	_, ok := phrases[key]

	return ok || page.Has(key)
}

// phrases holds Chinese first, English second.
var phrases = map[string][2]string{
	"brand":          {"电力自助服务终端", "Electricity Self-Service"},
	"terminal":       {"终端号", "Terminal"},
	"hotline":        {"服务热线", "Hotline"},
	"online":         {"线路正常", "Connected"},
	"offline":        {"线路中断", "Line down"},
	"not-here":       {"本机暂未开通", "Not available"},
	"not-now":        {"暂不可用", "Not available now"},
	"notes-unit":     {"张", "notes"},
	"note-unit":      {"张", "note"},
	"touch-to-start": {"触摸屏幕开始缴费", "Touch to pay your electricity bill"},

	"touch-to-start.sells": {"触摸屏幕开始缴费或购电", "Touch to pay a bill or buy power"},

	"step.account": {"户号", "Account"},
	"step.check":   {"核对", "Check"},
	"step.pay":     {"支付", "Pay"},
	"step.done":    {"结果", "Result"},

	"idle.lead":           {"现金缴电费，自动入账，打印凭证", "Pay your bill in cash, with a printed slip"},
	"idle.lead.code":      {"现金、扫码缴电费，自动入账，打印凭证", "Pay your bill in cash or with your phone"},
	"idle.lead.card":      {"现金、银行卡缴电费，自动入账，打印凭证", "Pay your bill in cash or by card, with a slip"},
	"idle.lead.card-code": {"现金、刷卡、扫码缴电费，打印凭证", "Pay your bill in cash, by card or with your phone"},
	"idle.how-3.code":     {"投钞或扫码", "Pay"},
	"idle.how-3.card":     {"投钞或刷卡", "Pay"},

	"idle.how-3.card-code":     {"付款", "Pay"},
	"idle.no-change.card":      {"现金不找零；多缴部分转入预收，抵下次电费", "No change is given for cash; any surplus is kept as credit on your account"},
	"idle.no-change.card-code": {"现金不找零；多缴部分转入预收，抵下次电费", "No change is given for cash; any surplus is kept as credit on your account"},

	"idle.no-change.code": {"现金不找零；多缴部分转入预收，抵下次电费", "No change is given for cash; any surplus is kept as credit on your account"},

	"idle.how":       {"只需四步", "Four easy steps"},
	"idle.how-1":     {"输入户号", "Enter your account"},
	"idle.how-2":     {"核对信息", "Check the details"},
	"idle.how-3":     {"投入纸币", "Insert notes"},
	"idle.how-4":     {"取走凭证", "Take your slip"},
	"idle.hours":     {"服务时间", "Hours"},
	"idle.no-change": {"本机不找零，多缴部分转入预收，抵下次电费", "No change is given; any surplus is kept as credit on your account"},

	"service.pay-bill":           {"现金缴纳，自动入账", "Cash"},
	"service.pay-bill.card":      {"现金或银行卡，自动入账", "Cash or card"},
	"service.pay-bill.card-code": {"现金、银行卡或扫码", "Cash, card or phone"},
	"service.pay-bill.code":      {"现金或扫码，自动入账", "Cash or phone"},
	"service.buy-power":          {"卡表用户", "Meter-card customers"},
	"service.query":              {"电费与用电量", "Charges and energy used"},

	"account.label": {"户号", "Account number"},
	"account.blank": {"请输入 10 或 12 位户号", "10 or 12 digits"},
	"account.where": {"户号见电费账单或缴费短信。", "It is on your bill and in our text messages."},
	"account.scan":  {"也可扫描账单上的条码。", " Or scan the bar code of your bill."},
	"amount.label":  {"缴费金额（元）", "Amount in yuan"},
	"amount.least":  {"最少", "At least"},
	"amount.most":   {"最多", "At most"},
	"amount.range":  {"可缴", "From"},
	"amount.to":     {"至", "to"},
	"key.delete":    {"退格", "Delete"},
	"key.clear":     {"清空", "Clear"},

	"key.next": {"下一项", "Next"},

	"login.challenge":     {"请求码", "Request code"},
	"login.challenge-how": {"请把请求码和工号报给总部，获取授权码", "Tell head office this and your number"},
	"login.number":        {"工号", "Number"},
	"login.number-blank":  {"请输入工号", "staff number"},
	"login.pin":           {"密码", "PIN"},
	"login.pin-blank":     {"6 至 12 位数字", "6 to 12 digits"},
	"login.code":          {"授权码", "Auth. code"},
	"login.code-blank":    {"总部提供的 8 位数字", "8 digits from head office"},

	"reprint.typed":   {"流水号", "Number"},
	"reprint.serial":  {"流水号", "Receipt"},
	"reprint.account": {"户号", "Account"},
	"reprint.blank":   {"末 4 位以上", "4 digits or more"},
	"reprint.when":    {"时间", "Time"},
	"reprint.what":    {"业务", "Paid"},
	"reprint.verdict": {"结果", "Result"},
	"reprint.so-far":  {"凭证", "Slip"},

	"collect.checking":       {"正在核验，请稍候…", "Checking, please wait…"},
	"collect.signed":         {"已签字", "Signed"},
	"collect.cassette":       {"钞箱编号", "Cassette"},
	"collect.cassette-blank": {"新钞箱上的数字", "the digits on the new one"},
	"collect.notes":          {"张", "notes"},
	"collect.value":          {"面额", "Value"},
	"collect.expected":       {"应有", "Expected"},
	"collect.counted":        {"清点", "Counted"},
	"collect.difference":     {"差额", "Difference"},
	"collect.reason":         {"差异原因", "Reason"},
	"collect.doubt":          {"另有待核实纸币", "Beside it, notes to be checked"},
	"collect.moved":          {"未清机取出次数", "Times taken out unasked"},
	"collect.why":            {"请选择差异原因", "Why does it differ?"},
	"collect.serial":         {"清机号", "Collection"},

	"offer.from":    {"当前版本", "Now"},
	"offer.to":      {"升级到", "Then"},
	"offer.board":   {"适用机型", "Board"},
	"offer.size":    {"大小", "Size"},
	"offer.signers": {"签名", "Signed by"},
	"offer.file":    {"文件", "File"},
	"result.code":   {"代码", "Code"},

	"field.account": {"户号", "Account"},
	"field.name":    {"户名", "Name"},
	"field.address": {"地址", "Address"},
	"field.arrears": {"欠费合计", "Total owed"},
	"field.fee":     {"电费", "Electricity"},
	"field.penalty": {"违约金", "Late fee"},
	"field.advance": {"预收余额", "Credit"},
	"field.bankref": {"银行参考号", "Bank reference"},
	"field.serial":  {"流水号", "Receipt no."},

	"cash.inserted":  {"已投入", "Inserted"},
	"cash.arrears":   {"欠费", "Owed"},
	"cash.remaining": {"还差", "Still to pay"},
	"cash.surplus":   {"转入预收", "Credit on account"},
	"cash.minimum":   {"最低缴纳", "Minimum"},
	"cash.accepts":   {"可用面额", "Notes accepted"},
	"cash.none":      {"投入的纸币会逐张显示在这里", "Each note you insert is shown here"},
	"cash.ready":     {"请投入纸币", "Insert a note"},
	"cash.moving":    {"正在识别", "Checking"},
	"cash.closed":    {"请稍候", "Please wait"},

	"card.amount": {"本次付款", "To pay"},

	"serial.keep": {"用手机拍下二维码和流水号", "Photograph code and number"},

	"code.left": {"收款码 %d 分钟内有效", "The code is good for %d more minutes"},

	"idle.sells": {"卡表用户：插卡购电，现场写卡", "Meter-card customers buy power here"},

	"step.card":   {"电卡", "Card"},
	"step.amount": {"金额", "Amount"},
	"step.write":  {"写卡", "Write"},

	"service.query-card": {"剩余、购电次数、电表是否读取", "Purchases and balance"},

	"field.meter":      {"电表号", "Meter"},
	"field.customer":   {"卡内户号", "Account on card"},
	"field.cardkind":   {"卡类型", "Kind of card"},
	"field.last":       {"最近购电", "Last purchase"},
	"field.loaded":     {"电表读取", "In the meter"},
	"field.left":       {"上次插卡时电表剩余", "Left when last in the meter"},
	"field.overdrawn":  {"已透支", "overdrawn"},
	"field.unpaid":     {"须先缴清欠费", "Owed, to be paid first"},
	"field.price-unit": {"元/度", "yuan/kWh"},
	"field.count":      {"购电次数", "Purchase"},
	"field.energy":     {"电量", "Energy"},
	"field.kwh":        {"度", "kWh"},
	"card.on-it":       {"卡上记录", "On the card"},
	"errors.lead":      {"插卡后电表显示的代码。各地电表可能不同，以供电公司说明为准。", "Meters may differ. In doubt, ask your utility."},
	"chosen.amount":    {"购电金额", "To buy"},
	"bought.amount":    {"购电金额", "Bought"},
	"cash.target":      {"所选金额", "You chose"},

	"buy.amount.label":  {"购电金额（元）", "Amount in yuan"},
	"buy.amount.range":  {"可购", "From"},
	"buy.cash.surplus":  {"多购", "More than chosen"},
	"buy.cash.minimum":  {"最少购", "Minimum"},
	"buy.done.received": {"已收款项", "Received"},
	"buy.left.pay":      {"秒后按已投入的金额购电", "s until power is bought for the inserted amount"},
	"rewrite.steps":     {"步骤", "Steps"},
	"buy.steps":         {"步骤", "Steps"},

	"done.paid":       {"本次缴纳", "You paid"},
	"done.to-arrears": {"冲抵欠费", "To amount owed"},
	"done.to-advance": {"转入预收", "Credit on account"},
	"done.still-owed": {"仍欠", "Still owed"},
	"done.received":   {"已收款项", "Received"},
	"done.unresolved": {"待核实纸币", "Notes being checked"},
	"done.next":       {"接下来", "What happens next"},

	"closed.why":   {"原因", "Reason"},
	"closed.sorry": {"给您带来不便，敬请谅解。", "We are sorry for the inconvenience."},

	"left.home":  {"秒后返回首页", "s until back to start"},
	"left.pay":   {"秒后按已投入的金额缴费", "s until the inserted amount is paid"},
	"left.pause": {"秒后将询问是否继续", "s until we ask whether you are still there"},
}
