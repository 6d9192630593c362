package web

// staffWords are those of technicians and their authorisation codes.
func staffWords() map[string][2]string {
	return map[string][2]string{
		"nav.techs":            {"技术员", "Technicians"},
		"techs":                {"技术员", "Technicians"},
		"techs.none":           {"还没有技术员", "No technicians yet"},
		"techs.hint":           {"技术员和清机人在服务器上用 officed staff 增加和停用，密码由本人输入。", "Technicians and collectors are added and disabled with officed staff on the server; each types the own PIN."},
		"tech.number":          {"工号", "Number"},
		"tech.name":            {"姓名", "Name"},
		"tech.role":            {"角色", "Role"},
		"tech.since":           {"登记时间", "Since"},
		"tech.enabled":         {"可用", "Enabled"},
		"tech.disabled":        {"已停用", "Disabled"},
		"staffrole.technician": {"技术员", "Technician"},
		"staffrole.collector":  {"清机人", "Collector"},
		"code":                 {"授权码", "Authorisation code"},
		"code.hint":            {"先核实来电人身份，再请对方读出终端屏幕上的请求码（6 位），然后报给对方授权码（8 位）。授权码只对这位技术员、这台终端、这一次有效；发放留有记录。", "Make sure who is calling, have the request code on the kiosk's screen (6 digits) read out, and read out the authorisation code (8 digits). It is good for this technician, this kiosk and this once. Giving it is recorded."},
		"code.who":             {"技术员", "Technician"},
		"code.asked":           {"请求码（终端屏幕上的 6 位数字）", "Request code (6 digits on the kiosk's screen)"},
		"code.make":            {"生成授权码", "Make the code"},
		"code.for":             {"%s %s，终端 %s", "%s %s, kiosk %s"},
		"code.life":            {"在终端更换请求码之前有效，最长 10 分钟。", "Good until the kiosk shows another request code, at most 10 minutes."},
		"code.challenge":       {"请输入终端屏幕上的请求码（6 位）", "Enter the request code on the kiosk's screen (6 digits)"},
		"code.signer":          {"签名服务没有应答：没有签出任何内容，也不能给出代码。请启动 officed signer serve，或通知管理员。", "The signer does not answer: nothing is signed, and there are no codes. Start officed signer serve, or tell an administrator."},
		"code.key":             {"总部没有该终端的证书公钥，或密钥不是 P-256：请重新登记该终端（可保留日志）", "This kiosk's certificate is not known here, or its key is not P-256: enrol it again (it may keep its journal)"},
		"code.unknown":         {"没有这台终端或这位技术员", "No such kiosk or technician"},
	}
}
