package web

import "strings"

// auditWords are those of the acts in the audit log. An export has the acts as they are written.
func auditWords() map[string][2]string {
	return map[string][2]string{
		"act.login":                     {"登录", "Log in"},
		"act.enrol":                     {"终端登记", "Enrol"},
		"act.add user":                  {"新增人员", "Add a person"},
		"act.put user":                  {"更改人员", "Change a person"},
		"act.put technician":            {"登记现场人员", "Enter a technician or collector"},
		"act.end session":               {"结束登录", "End a session"},
		"act.drop own second factor":    {"取消自己的第二因素", "Drop the own second factor"},
		"act.give one-time code":        {"发放授权码", "Give a one-time code"},
		"act.export payments":           {"导出流水", "Export payments"},
		"act.export audit log":          {"导出审计日志", "Export the audit log"},
		"act.reconcile date":            {"重新对账", "Reconcile a date"},
		"act.sign date":                 {"签账", "Sign a date"},
		"act.sign-date":                 {"签账", "Sign a date"},
		"act.find date altered":         {"发现已签账期被改动", "Find a signed date altered"},
		"act.open date again":           {"重新打开已签账期", "Open a signed date again"},
		"act.escalate date":             {"未签账上报", "Tell of an unsigned date"},
		"act.set cash rule":             {"设定停收纸币时间", "Set a cash rule"},
		"act.drop cash rule":            {"取消停收纸币时间", "Drop a cash rule"},
		"act.set escalation":            {"设定无人签账时通知谁", "Set who is told"},
		"act.drop escalation":           {"取消无人签账时的通知", "Drop who is told"},
		"act.hasten posting":            {"提前重试入账", "Hasten a posting"},
		"act.retry posting":             {"重新入账", "Retry a posting"},
		"act.close case":                {"关闭差异", "Close a case"},
		"act.create rollout":            {"新建发布方案", "Create a rollout"},
		"act.upload bundle":             {"收升级包", "Take a bundle in"},
		"act.set group":                 {"设置终端分组", "Set a group of kiosks"},
		"act.set place":                 {"设定终端所在地", "Set where a kiosk stands"},
		"act.set terminal":              {"分配银行终端号", "Set a terminal of the bank"},
		"act.set cassette capacity":     {"设定钞箱容量", "Set how much a cassette holds"},
		"act.enter deposit":             {"登记存款", "Enter a deposit"},
		"act.enter bank line":           {"登记银行入账", "Enter a line of the bank"},
		"act.take bank statement":       {"导入银行对账单", "Take the bank's statement in"},
		"act.order settlement":          {"要求立即批结", "Order a settlement"},
		"act.suspend kiosk":             {"停用终端", "Suspend a kiosk"},
		"act.renew certificate":         {"更新终端证书", "Renew a certificate"},
		"act.give kiosk up":             {"确认终端不再恢复", "Give a kiosk up"},
		"act.books are out of a backup": {"账册从备份恢复", "The books are out of a backup"},
		"act.ask for no other way":      {"撤销另行送达", "Ask for no other way"},
		"actof.command":                 {"命令行", "Command line:"},
		"actof.propose":                 {"提出", "Propose:"},
		"actof.approve":                 {"批准", "Approve:"},
		"actof.refuse":                  {"驳回或撤回", "Refuse or take back:"},
		"actof.import":                  {"导入对账文件", "Import a book:"},
		"acted.refused":                 {"被拒绝", "refused"},
		"actor.fetched":                 {"自动获取（%s）", "fetched by %s"},
		"actor.from":                    {"来自 %s", "from %s"},
		"actor.kiosk":                   {"终端 %s", "kiosk %s"},
	}
}

// refusedAct ends the acts that were refused.
const refusedAct = " refused"

// act says an act of the audit log in words; one without words as it is written.
func (l lang) act(action string) string {
	done, refused := strings.CutSuffix(action, refusedAct)
	said := l.of("act", done)
	verb, of, has := strings.Cut(done, " ")
	if word := l.of("actof", verb); said == done && has && word != verb {
		for _, group := range []string{"plankind", "book"} {
			if w := l.of(group, of); w != of {
				of = w
				break
			}
		}
		said = word + " " + of
	}
	if refused {
		said += " · " + l.t("acted.refused")
	}

	return said
}

// who says who acted: a person by name, a machine in words.
func (l lang) who(name string) string {
	if office, is := strings.CutPrefix(name, "fetched by "); is {
		return l.t("actor.fetched", office)
	}
	if kiosk, is := strings.CutPrefix(name, "kiosk "); is {
		return l.t("actor.kiosk", kiosk)
	}

	return name
}

// why says why: where somebody came from in words, and all else as it is written.
func (l lang) why(reason string) string {
	if address, is := strings.CutPrefix(reason, "from "); is && !strings.Contains(address, " ") {
		return l.t("actor.from", address)
	}

	return reason
}
