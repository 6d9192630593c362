package web

// caseWords are those of the page of a case, beside those of the lists.
func caseWords() map[string][2]string {
	return map[string][2]string{
		"case.title":    {"差异", "Case"},
		"case.work":     {"处理安排", "Who works on it"},
		"case.owner":    {"处理人", "Owner"},
		"case.next":     {"下一步", "Next step"},
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

		"caseev.opened":    {"发现", "Found"},
		"caseev.assigned":  {"安排", "Assigned"},
		"caseev.commented": {"说明", "Remark"},
		"caseev.proposed":  {"提出", "Proposed"},
		"caseev.approved":  {"批准", "Approved"},
		"caseev.refused":   {"驳回", "Refused"},
		"caseev.closed":    {"关闭", "Closed"},
		"caseev.reopened":  {"再次出现", "Came up again"},
	}
}
