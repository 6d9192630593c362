package counterfeit

// Words are the words of what a case can be and of what happens to it, Chinese and English, by
// group and key: the evidence pack and head office's pages say the same of one state. English
// begins small.
func Words() map[string][2]string {
	return map[string][2]string{
		"found.count": {"清机清点", "at the second count"},
		"found.vault": {"金库复点", "later, in the vault"},
		"found.bank":  {"银行清点", "by the bank"},

		"kind.printed": {"机制", "printed"},
		"kind.copied":  {"复印", "copied"},
		"kind.spliced": {"变造", "spliced"},
		"kind.unsure":  {"不明", "unsure"},

		"stage.found":      {"待通知厂商", "maker to be told"},
		"stage.told":       {"待厂商到场", "maker is to come"},
		"stage.visited":    {"待认定", "to be decided"},
		"stage.decided":    {"已认定", "decided"},
		"stage.taken-back": {"已撤销（误登）", "taken back, a mistake"},

		"bears.maker": {"厂商承担", "borne by the maker"},
		"bears.owner": {"业主承担", "borne by the owner"},

		"claim.":        {"待索赔", "not claimed yet"},
		"claim.claimed": {"已索赔，待付款", "claimed, not paid yet"},
		"claim.paid":    {"已付款", "paid"},
		"claim.refused": {"厂商拒付", "refused by the maker"},
		"claim.dropped": {"已核销", "written off"},
		"claim.void":    {"已作废", "void"},

		"line.found":      {"发现", "found"},
		"line.told":       {"通知厂商", "maker told"},
		"line.visit":      {"厂商到场", "visit"},
		"line.photo":      {"照片", "photograph"},
		"line.escalated":  {"逾期升级", "escalated"},
		"line.decided":    {"认定", "decided"},
		"line.claimed":    {"索赔", "claimed"},
		"line.paid":       {"厂商付款", "paid by the maker"},
		"line.refused":    {"厂商拒付", "refused by the maker"},
		"line.dropped":    {"核销", "written off"},
		"line.taken-back": {"撤销", "taken back"},

		"unknown": {"未知", "not known"},
	}
}
