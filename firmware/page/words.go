package page

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

// Has reports whether there are words for a key.
func Has(key string) bool {
	_, ok := texts[key]

	return ok
}

// texts holds Chinese first, English second.
var texts = map[string][2]string{
	"language": {"中文", "English"},

	"title.idle":            {"电力自助缴费", "Electricity self-service"},
	"title.choose-service":  {"请选择服务", "Choose a service"},
	"title.enter-account":   {"请输入户号", "Enter your account number"},
	"title.confirm-account": {"请核对用户信息", "Is this your account?"},
	"title.choose-tender":   {"请选择支付方式", "How would you like to pay?"},
	"title.choose-amount":   {"请选择缴费金额", "How much would you like to pay?"},
	"title.show-code":       {"请用手机扫码", "Scan with your phone"},
	"title.insert-cash":     {"请投入纸币", "Insert your notes"},
	"title.processing":      {"正在处理", "One moment"},
	"title.done":            {"缴费完成", "Payment complete"},
	"title.failed":          {"请注意", "Please read this"},
	"title.out-of-service":  {"暂停服务", "Out of service"},
	"title.update":          {"稍后恢复服务", "Back in a few minutes"},

	"action.start":           {"开始", "Start"},
	"action.pay-bill":        {"电费缴纳", "Pay a bill"},
	"action.buy-power":       {"购电写卡", "Buy power"},
	"action.query":           {"信息查询", "My bills"},
	"action.back":            {"返回", "Back"},
	"action.cancel":          {"取消", "Cancel"},
	"action.account":         {"查询", "Continue"},
	"action.confirm":         {"核对无误，去缴费", "Yes, go on to pay"},
	"action.amount":          {"确定", "Continue"},
	"action.pay-arrears":     {"缴清欠费 ¥%s", "Pay what is owed: ¥%s"},
	"note.cancel-code":       {"如已付款 ¥%s，仍会入账", "¥%s already paid is still booked"},
	"action.finish-cash":     {"确认缴费", "Pay"},
	"action.more-time":       {"继续操作", "I need more time"},
	"action.wait":            {"再等一会儿", "Keep this open"},
	"action.stop-cash":       {"停止缴费", "Stop here"},
	"note.stop-cash":         {"已收 ¥%s 由供电公司退还或补记", "¥%s inside is owed to you"},
	"note.still-owed":        {"缴后仍欠 ¥%s", "¥%s stays owed"},
	"note.surplus":           {"其中 ¥%s 转入预收", "of which ¥%s becomes credit"},
	"action.finish-cash-sum": {"确认缴费 ¥%s", "Pay ¥%s"},
	"hint.kept":              {"已收纸币不能退回。", "Notes inside cannot be given back."},
	"action.print":           {"重新打印凭证", "Print the slip again"},
	"action.finish":          {"完成", "Finish"},

	"tender.cash":     {"现金", "Cash"},
	"tender.bankcard": {"银行卡", "Bank card"},
	"tender.qr":       {"扫码", "QR code"},

	"waiting": {"正在查询，请稍候…", "Looking up the account…"},
	"asking":  {"您还需要继续操作吗？", "Do you need more time?"},

	"hint.unverified-line": {"线路暂时中断：现在无法显示户名和欠费。您可以先缴费，线路恢复后自动入账。请再次核对户号。", "The line is down: name and amount owed cannot be shown. You can pay now; it is booked to your account once, when the line returns. Please check the number again."},
	"hint.unverified-mis":  {"电费系统暂时无法查询：现在无法显示户名和欠费。您可以先缴费，系统恢复后自动入账。请再次核对户号。", "The billing system cannot be asked now: name and amount owed cannot be shown. You can pay now; it is booked to your account once, when the system is back. Please check the number again."},
	"hint.unknown-arrears": {"欠费金额暂时无法查询，以入账结果为准。多缴部分自动留在您的账户。", "What is owed cannot be looked up now. Anything paid beyond it is kept as credit on your account."},
	"hint.below-minimum":   {"请继续投入，最低缴纳 ¥", "Please insert more. Least payable: ¥"},
	"hint.no-arrears":      {"当前无欠费，缴纳的金额将转入预收，抵下次电费。", "Nothing is owed. What you pay is kept as credit on your account."},
	"hint.minimum":         {"该户不支持部分缴费，最低缴纳 ¥", "Part payment is not possible for this account. Least payable: ¥"},
	"hint.surplus":         {"本机不找零，多缴部分转入预收，抵下次电费。", "No change is given; any surplus is kept as credit on your account."},
	"hint.beyond":          {"超出欠费的部分转入预收，抵下次电费。", "What you pay beyond what is owed is kept as credit on your account."},
	"hint.insert":          {"请逐张投入纸币，本机不找零，多缴部分转入预收。", "One note at a time. No change; any surplus is kept as credit."},
	"hint.note-moving":     {"正在识别纸币，请稍候…", "Checking the note…"},
	"hint.opening":         {"正在准备收钞…", "Opening the note slot…"},

	"code.placing":  {"正在取得付款码…", "Getting your code…"},
	"code.waiting":  {"请用手机微信或支付宝扫描此码", "Scan this code with WeChat or Alipay on your phone"},
	"code.password": {"请在手机上输入支付密码", "Please enter your payment password on the phone"},
	"code.closing":  {"正在确认是否已付款…", "Checking whether it was paid…"},
	"code.scan":     {"也可以打开手机付款码，对准扫描窗口。", "Or hold the payment code of your phone to the scanner."},

	"refused.no-pay-code":   {"这不是付款码，请打开手机上的付款码。", "That is no payment code. Show the payment code of your phone."},
	"refused.limit":         {"超出本次可缴金额，纸币已退回。", "That would exceed the limit; the note was returned."},
	"refused.count":         {"本次纸币张数已满，纸币已退回。", "Too many notes; the note was returned."},
	"refused.pending":       {"请一次投入一张，纸币已退回。", "One note at a time, please; the note was returned."},
	"refused.closed":        {"已停止收钞，纸币已退回。", "No more notes are taken; the note was returned."},
	"refused.rejected":      {"未能识别该纸币，已退回，请展平后重试或换一张。", "The note was not recognised. Flatten it or try another one."},
	"processing":            {"正在入账，请不要离开…", "Booking your payment, please stay…"},
	"processing.undoing":    {"正在确认付款结果，请稍候…", "Checking the payment, one moment…"},
	"out-of-service":        {"本机暂停服务，请使用其他终端或到营业厅办理。", "This machine is not in service. Please use another one or go to a service hall."},
	"out-of-service.update": {"软件升级中，请稍候几分钟。", "Software update in progress. Please wait a few minutes."},
	"notice.no-account":     {"没有这个户号，请核对后重新输入。", "There is no such account. Please check the number."},
	"notice.meter-card":     {"该户为卡表用户，不能在此缴费，请到营业厅或购电终端购电。", "This is a meter-card account and cannot be paid here. Buy power at a service hall or at a purchase terminal."},
	"notice.not-payable":    {"该户当前不能在本机缴费，请到营业厅办理。", "This account cannot be paid here now. Please go to a service hall."},
	"notice.unavailable":    {"系统暂时无法查询，请稍后再试。", "The account cannot be looked up now. Please try again later."},
	"notice.no-cash":        {"现金缴费暂不可用。", "Cash payment is not available now."},
	"notice.not-a-bill":     {"这不是电费账单上的条码，请重新扫描，或直接输入户号。", "Not an electricity bill. Scan again or enter the number."},

	"result.paid":      {"缴费成功，已入账", "Payment complete"},
	"result.pending":   {"款已收妥，稍后自动入账", "We have your money; your account is updated soon"},
	"result.owed":      {"缴费未成功，款项将退还或补记", "Payment not completed – we owe you this money"},
	"result.disputed":  {"交易正在核实", "This payment is being checked"},
	"notice.too-large": {"该户最低缴费额超出本机现金缴费上限，请到营业厅办理。", "The least payable amount is more than this machine can take in cash. Please go to a service hall."},

	"result.cancelled":       {"已取消，没有收款", "Cancelled; no money was taken"},
	"result.undoing":         {"缴费未成功，款项正在原路退回", "Payment not completed – your money is on its way back"},
	"result.undone":          {"缴费未成功，款项已原路退回", "Payment not completed – your money was returned"},
	"result.unsure-qr":       {"付款结果确认中", "We are checking whether you paid"},
	"result.unsure-bankcard": {"银行未答复，交易正在撤销", "The bank did not answer; the payment is being reversed"},

	"next.paid.printing":            {"凭证正在打印，请稍候取走。", "Your slip is being printed. Please wait for it."},
	"next.paid.printed":             {"请取走凭证。谢谢！", "Please take your slip. Thank you!"},
	"next.paid.failed":              {"请拍下或抄下下方流水号，可凭它到任一终端或营业厅补打凭证。", "Photograph or note the receipt number below: any terminal or service hall can print the slip with it."},
	"next.pending.printing":         {"您的款项已记录在本机，将自动入账一次，不会重复。凭证正在打印，请稍候取走。", "Your money is recorded here and will be booked to your account once. Your slip is being printed."},
	"next.pending.printed":          {"您的款项已记录在本机，将自动入账一次，不会重复。请取走并保留凭证。", "Your money is recorded here and will be booked to your account once. Please take the slip and keep it."},
	"next.pending.failed":           {"您的款项已记录在本机，将自动入账一次，不会重复。请拍下或抄下下方流水号。", "Your money is recorded here and will be booked to your account once. Photograph or note the receipt number below."},
	"next.owed.printing":            {"凭证正在打印。请凭它到营业厅，工作人员将为您退款或补记。", "Your slip is being printed. Take it to a service hall for a refund or a booking by hand."},
	"next.owed.printed":             {"请取走凭证并到营业厅，工作人员将为您退款或补记。", "Please take the slip to a service hall for a refund or a booking by hand."},
	"next.owed.failed":              {"请拍下或抄下下方流水号，凭它到营业厅退款或补记。", "Photograph or note the receipt number below, and take it to a service hall for a refund or a booking by hand."},
	"next.disputed.printing":        {"本笔交易正在核实，1 个工作日内有结果。凭证正在打印，请稍候取走并保留。", "This payment is being checked; the result is known within 1 working day. Your slip is being printed: please keep it."},
	"next.disputed.printed":         {"本笔交易正在核实，1 个工作日内有结果。请取走并保留凭证，可拨服务热线报流水号查询。", "This payment is being checked; the result is known within 1 working day. Please keep the slip; ask the hotline by the receipt number."},
	"next.disputed.failed":          {"本笔交易正在核实，1 个工作日内有结果。请拍下或抄下下方流水号，可拨服务热线查询。", "This payment is being checked; the result is known within 1 working day. Photograph or note the receipt number below for the hotline."},
	"next.undoing.printing":         {"您的账户没有变化，款项将自动退回付款账户，到账时间以银行或钱包为准。凭证正在打印，请稍候取走。", "Your account is unchanged. The money goes back to where it came from; your bank or wallet decides when it shows. Your slip is being printed."},
	"next.undoing.printed":          {"您的账户没有变化，款项将自动退回付款账户，到账时间以银行或钱包为准。请取走并保留凭证。", "Your account is unchanged. The money goes back to where it came from; your bank or wallet decides when it shows. Please keep the slip."},
	"next.undoing.failed":           {"您的账户没有变化，款项将自动退回付款账户，到账时间以银行或钱包为准。请拍下或抄下下方流水号。", "Your account is unchanged. The money goes back to where it came from; your bank or wallet decides when it shows. Photograph or note the receipt number below."},
	"next.undone.printing":          {"您的账户没有变化，没有扣款，或已全部退回。凭证正在打印，请稍候取走。", "Your account is unchanged; nothing was taken, or all of it was returned. Your slip is being printed."},
	"next.undone.printed":           {"您的账户没有变化，没有扣款，或已全部退回。请取走凭证。", "Your account is unchanged; nothing was taken, or all of it was returned. Please take the slip."},
	"next.undone.failed":            {"您的账户没有变化，没有扣款，或已全部退回。请拍下或抄下下方流水号。", "Your account is unchanged; nothing was taken, or all of it was returned. Photograph or note the receipt number below."},
	"next.unsure-qr.printing":       {"如果您已付款，款项将自动入账一次；没有付款则不会扣款。凭证正在打印，请稍候取走。", "If you have paid, it will be booked to your account once; otherwise nothing is taken. Your slip is being printed."},
	"next.unsure-qr.printed":        {"如果您已付款，款项将自动入账一次；没有付款则不会扣款。请取走并保留凭证。", "If you have paid, it will be booked to your account once; otherwise nothing is taken. Please keep the slip."},
	"next.unsure-qr.failed":         {"如果您已付款，款项将自动入账一次；没有付款则不会扣款。请拍下或抄下下方流水号。", "If you have paid, it will be booked to your account once; otherwise nothing is taken. Photograph or note the receipt number below."},
	"next.unsure-bankcard.printing": {"如果已经扣款，将自动退回卡内。凭证正在打印，请稍候取走。", "If the amount was taken, it goes back to the card by itself. Your slip is being printed."},
	"next.unsure-bankcard.printed":  {"如果已经扣款，将自动退回卡内。请取走并保留凭证。", "If the amount was taken, it goes back to the card by itself. Please keep the slip."},
	"next.unsure-bankcard.failed":   {"如果已经扣款，将自动退回卡内。请拍下或抄下下方流水号。", "If the amount was taken, it goes back to the card by itself. Photograph or note the receipt number below."},
	"next.cancelled":                {"账户没有变化。欢迎再次使用。", "Your account is unchanged. Thank you."},
	"next.note-returned":            {"刚才停电，您的 ¥%s 已从入钞口退回，请取走。账户没有变化。", "The power was cut. Your ¥%s came back out of the note slot: please take it. Your account is unchanged."},

	"next.also-returned":  {"刚才停电，您的 ¥%s 已从入钞口退回，请取走。", "The power was cut. Your ¥%s came back out of the note slot: please take it. "},
	"next.look-for-notes": {"刚才停电，如有纸币从入钞口退回，请取走。", "The power was cut. Take any note that came back out of the slot. "},

	"slip.printing": {"正在打印凭证…", "Printing your slip…"},
	"slip.printed":  {"凭证已打印。", "Your slip is printed."},
	"slip.failed":   {"凭证未能打印。", "The slip was not printed."},

	"title.staff-login":    {"技术人员登录", "Technician login"},
	"title.staff-stick":    {"升级 U 盘", "Update stick"},
	"title.staff-confirm":  {"确认安装", "Install this update?"},
	"title.staff-progress": {"正在安装", "Installing"},
	"title.staff-result":   {"安装结果", "Result"},
	"action.staff":         {"技术人员", "Technician"},
	"action.staff-login":   {"登录", "Log in"},
	"action.staff-install": {"安装", "Install"},
	"action.staff-confirm": {"确认安装", "Install now"},
	"action.staff-leave":   {"退出", "Leave"},

	"staff.checking":       {"正在核验，请稍候…", "Checking, please wait…"},
	"staff.installing":     {"正在把新软件写入备用分区。", "The new software is being written beside the one that runs."},
	"staff.installed":      {"安装成功", "Installed"},
	"staff.installed-next": {"终端将自动重启并试运行新软件；试运行不通过，自动退回原软件。结果已写入 U 盘，可以拔出。", "The kiosk restarts by itself and tries the new software. If that fails, the old one comes back. The report is on the stick; you can take it out."},
	"staff.failed":         {"未能安装", "Not installed"},
	"stick.reading":        {"正在读取并校验 U 盘，请稍候…", "Reading the stick and checking signatures…"},
	"stick.empty":          {"U 盘上没有适用于终端的升级包。", "The stick holds no update for a kiosk."},
	"hint.staff-confirm":   {"安装约需几分钟，完成后终端自动重启。期间请勿拔出 U 盘，请勿断电。", "It takes a few minutes, then the kiosk restarts. Leave the stick and the power in."},
	"hint.staff-progress":  {"请勿拔出 U 盘，请勿断电！", "Do not pull the stick. Do not switch off."},

	"notice.staff-wrong":     {"工号、密码或授权码不正确，请核对后重新输入。", "Number, PIN or code is wrong. Check the request code and try again."},
	"notice.staff-locked":    {"错误次数过多，已锁定 15 分钟，请稍后再试。", "Too many wrong attempts: locked for 15 minutes."},
	"notice.staff-no-roster": {"本机没有人员名单，暂不能登录。请确认线路正常后重试。", "This kiosk has no staff list yet, so nobody can log in. Check the line and try again."},
	"notice.staff-refused":   {"现在不能登录，请稍后再试或联系总部。", "Login is not possible now. Try again later or call head office."},

	"update.wrong-board":       {"升级包不适用于本机型号", "Made for another board"},
	"update.wrong-variant":     {"升级包不适用于本机的系统版本", "Made for another variant of the image"},
	"update.floor":             {"版本过旧，本机不再接受", "Older than the oldest that this kiosk accepts"},
	"update.not-newer":         {"不比当前版本新", "Not newer than what runs"},
	"update.data-format":       {"数据格式不兼容，无法安全升级", "Its data format does not fit this kiosk's"},
	"update.failed-before":     {"此版本曾在本机试运行失败", "Failed on this kiosk before"},
	"update.on-trial":          {"当前软件仍在试运行，请稍后再试", "The running software is still on trial; wait"},
	"update.incomplete":        {"升级包不完整", "The bundle is incomplete"},
	"update.too-large":         {"升级包过大，分区放不下", "Too large for this kiosk"},
	"update.not-a-bundle":      {"不是有效的升级包", "No update bundle"},
	"update.truncated":         {"文件不完整，请重新拷贝", "The file is cut off; copy it again"},
	"update.keyring-untrusted": {"签名密钥不受信任", "Its keys are not trusted"},
	"update.keyring-expired":   {"签名密钥已过期", "Its keys have expired"},
	"update.keyring-older":     {"签名密钥已被新密钥取代", "Its keys were replaced by newer ones"},
	"update.signature":         {"签名不正确，拒绝安装", "A signature is wrong or missing"},
	"update.manifest":          {"清单有误，拒绝安装", "Its manifest is wrong"},
	"update.expired":           {"升级包已过有效期", "The bundle has expired"},
	"update.chunk-damaged":     {"文件内容损坏，请重新拷贝", "The file is damaged; copy it again"},
	"update.wrong-source":      {"差分升级包与当前软件不匹配", "Made for another running version"},
	"update.going-back":        {"下次启动将切换分区，请先重启", "The next start is into the other slot; restart first"},
	"update.roots-untrusted":   {"新的根密钥不受信任", "Its new root keys are not trusted"},
	"update.fleet-key-missing": {"升级包已加密，本机没有密钥", "The bundle is encrypted, and this kiosk has no key"},
	"update.fleet-key-wrong":   {"升级包是为其他机群加密的", "The bundle is encrypted for another fleet"},
	"update.mixed":             {"升级包内含不能一起安装的内容", "It holds parts that cannot be installed together"},
	"update.whole-disk":        {"这是新主板的整盘镜像，不能用于升级", "The whole disk of a new board; it is no update"},
	"update.unreadable":        {"U 盘读取失败或已拔出，当前软件未受影响。", "The stick could not be read, or was pulled. The running software was not touched."},
	"update.board":             {"写入备用分区失败，当前软件未受影响，请联系总部。", "The spare slot could not be written. The running software was not touched; call head office."},
	"update.busy":              {"升级服务正忙，请稍后再试。", "The update service is busy. Try again later."},
	"update.no-stick":          {"U 盘已拔出，当前软件未受影响。", "The stick was pulled. The running software was not touched."},
	"update.not-offered":       {"U 盘上已没有此升级包", "The stick does not offer this bundle any more"},
	"update.stick-gone":        {"U 盘已拔出或升级服务中断，当前软件未受影响。", "The stick was pulled or the update service stopped. The running software was not touched."},
	"update.no-agent":          {"升级服务没有响应，当前软件未受影响。", "The update service does not answer. The running software was not touched."},
	"update.silent":            {"升级长时间没有进展，请联系总部。", "No progress for a long time. Please call head office."},
	"update.journal":           {"无法记录本次操作，未进行安装。", "This could not be recorded, so nothing was installed."},
	"update.unknown":           {"安装未完成，当前软件未受影响。", "The installation did not finish. The running software was not touched."},
	"update.other":             {"无法安装", "Cannot be installed"},
}
