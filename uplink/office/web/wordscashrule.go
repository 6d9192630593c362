package web

// cashRuleWords are those of kiosks that take no notes until a date is signed.
func cashRuleWords() map[string][2]string {
	return map[string][2]string{
		"cashrules":          {"签账时限", "When dates must be signed"},
		"cashrules.stop":     {"签账前停收现金", "No cash until signed"},
		"cashrules.hint":     {"到点仍未签账，所列终端停收现金；签账后立即恢复", "Where a date is not signed by this time, these kiosks take no notes; they do again as soon as it is signed"},
		"cashrules.none":     {"没有此类规定，未签账也照常收现金", "There is no such rule: notes are taken whatever is signed"},
		"cashrule.scope":     {"适用于", "For"},
		"cashrule.name":      {"分组名或终端号", "Name of the group, or number of the kiosk"},
		"cashrule.from":      {"次日停收时间", "From, on the next day"},
		"cashrule.lifted":    {"已放行至", "Lifted up to"},
		"cashrule.by":        {"设定人", "Set by"},
		"cashrule.set":       {"设定", "Set a rule"},
		"cashrule.set.hint":  {"由会计设定。一台终端适用几条时，按最早的时间。", "An accountant sets it. Of several rules for one kiosk the earliest counts."},
		"cashrule.lift":      {"签账前放行", "Lift before it is signed"},
		"cashrule.lift.hint": {"须另一人批准。放行只对现在未签的日期有效，其后的日期照旧。", "Another person has to approve it. It is lifted for the dates that wait now, and holds again for later ones."},
		"cashrule.drop":      {"取消规定", "Take the rule away"},
		"cashrule.drop.hint": {"有日期到期未签时不能取消，须先由两人放行。", "Not while a date waits to be signed: two people have to lift it first."},
		"scope.fleet":        {"全部终端", "All kiosks"},
		"scope.group":        {"分组", "Group"},
		"scope.kiosk":        {"终端", "Kiosk"},

		"cashstops":         {"各终端现在", "The kiosks now"},
		"cashstops.offline": {"停收时间事先签名下发，断线的终端到点也会停收；一直联系不上的，满 24 小时后按离线规定恢复。", "The time is sent signed and ahead: a kiosk that is cut off stops too. One that hears nothing more takes notes again after 24 hours, as far as its offline policy lets it."},
		"cashstop.state":    {"状态", "State"},
		"cashstop.from":     {"停收自", "No notes from"},
		"cashstop.date":     {"待签日期", "Until signed"},
		"cashstop.stopped":  {"已停收现金", "No notes now"},
		"cashstop.open":     {"照常收现金", "Takes notes"},

		"steps":       {"无人签账时上报", "Who is told when nobody signs"},
		"steps.hint":  {"08:00 未签账立为差异；到下列时间仍未签的，依次上报并移交", "At 08:00 it is a case; at each time below somebody is told, who has it from then on"},
		"steps.none":  {"没有设定：未签账只立为差异", "Nobody is named: it is a case, and no more"},
		"step.at":     {"次日时间", "At, on the next day"},
		"step.who":    {"上报给", "Who is told"},
		"step.set":    {"设定上报", "Set a step"},
		"step.role":   {"角色", "Role"},
		"step.one":    {"人员", "Person"},
		"step.person": {"或指定人员（填用户名）", "Or a person, by name"},
		"step.drop":   {"取消", "Take away"},
		"step.nobody": {"没有可上报的人", "there was nobody to tell"},
		"late.told":   {"账务日期 %s 到 %s 仍未签账，已上报 %s", "Business date %s was not signed by %s: %s was told"},

		"date.no.cashrule": {"不是有效的规定：请检查分组名或终端号、时间。", "That cannot be a rule: check the group or kiosk, and the time."},
		"date.no.step":     {"不能这样上报：时间须在 08:00 以后，人员须在岗。", "Nobody can be told like that: the time is after 08:00, and the person works here."},
		"date.no.cashowed": {"有日期到期未签，须先由两人放行。", "A date waits to be signed: two people have to lift the rule first."},
		"date.no.notowed":  {"没有待签的日期，或已经放行。", "No date waits to be signed, or it is lifted already."},

		"plankind.lift-cash-rule": {"签账前放行收现", "Take cash before a date is signed"},
		"planfact.scope":          {"适用于", "For"},
		"planfact.clock":          {"停收时间", "No cash from"},
		"planfact.until":          {"放行至账务日期", "Lifted up to the business date"},
		"note.cashrule.saved":     {"规定已保存", "The rule is saved"},
	}
}
