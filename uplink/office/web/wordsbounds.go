package web

// boundsWords are those of what is believed of kiosks.
func boundsWords() map[string][2]string {
	return map[string][2]string{
		"unit.yuan":       {"元", "yuan"},
		"bounds.one":      {"终端限度", "Bounds"},
		"bounds.all":      {"全部终端的限度", "Bounds of all kiosks"},
		"bounds.see":      {"查看与设定", "See and set"},
		"bounds.hint":     {"超出限度的交易暂缓入账，由两人决定", "What is beyond is held, and two people decide about it"},
		"bounds.what":     {"限度", "Bound"},
		"bounds.holds":    {"现行", "Holds now"},
		"bounds.from":     {"来源", "Set for"},
		"bounds.set":      {"设定限度", "Set bounds"},
		"bounds.set.hint": {"只填需要单独设定的项；留空的项按灰色数值执行。须由另一人批准后生效。", "Fill in only what is to be set here; where a field is empty, the grey number holds. Another person has to approve it before it holds."},
		"bounds.propose":  {"提出设定", "Propose"},
		"bounds.others":   {"单独设定的终端", "Kiosks with bounds of their own"},
		"bounds.change":   {"%s → %s（%s）", "%s → %s (%s)"},
		"bounds.wider":    {"放宽", "wider"},
		"bounds.narrower": {"收紧", "narrower"},
		"bounds.same":     {"没有变化", "Nothing changes"},

		"boundfrom.kiosk":   {"本终端", "this kiosk"},
		"boundfrom.fleet":   {"全部终端", "all kiosks"},
		"boundfrom.default": {"出厂值", "as delivered"},

		"bound.max-cash": {"单笔现金", "Cash of one payment"},
		"bound.max-card": {"单笔刷卡", "Bank card, one payment"},
		"bound.max-qr":   {"单笔扫码", "QR code, one payment"},
		"bound.day-cash": {"单日现金", "Cash of one day"},
		"bound.ahead":    {"流水号超前的记录数", "Records that a serial may be ahead"},
		"bound.proof":    {"在线后等待记录的分钟数", "Minutes online before records are missed"},
		"bound.lookups":  {"每分钟查询", "Look-ups a minute"},
		"bound.burst":    {"连续查询", "Look-ups at once"},
		"bound.daily":    {"每日查询", "Look-ups a day"},

		"boundunit.max-cash": {"%s 元", "%s yuan"},
		"boundunit.max-card": {"%s 元", "%s yuan"},
		"boundunit.max-qr":   {"%s 元", "%s yuan"},
		"boundunit.day-cash": {"%s 元", "%s yuan"},
		"boundunit.ahead":    {"%s 条", "%s"},
		"boundunit.proof":    {"%s 分钟", "%s min"},
		"boundunit.lookups":  {"%s 次", "%s"},
		"boundunit.burst":    {"%s 次", "%s"},
		"boundunit.daily":    {"%s 次", "%s"},
	}
}
