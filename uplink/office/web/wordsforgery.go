package web

import (
	"regexp"
	"strings"

	"wattkiosk/uplink/office/counterfeit"
)

// forgerySentences are why a finding is refused.
var forgerySentences = []sentence{
	{regexp.MustCompile(`^a case has this note already: the note of ([0-9.]+) with number ([0-9A-Z]+) is in case (cf-[0-9a-f]+)$`), "该纸币已在假币案件 $3 中：面额 $1 元，冠字号 $2"},
	{regexp.MustCompile(`^not so many counterfeit notes can be of this collection: kiosk ([0-9]+) has no collection ([0-9]+)$`), "终端 $1 没有清机 $2"},
	{regexp.MustCompile(`^not so many counterfeit notes can be of this collection: collection ([0-9]+) was not received yet$`), "清机 $1 尚未在金库接收复点"},
	{regexp.MustCompile(`^not so many counterfeit notes can be of this collection: collection ([0-9]+) was remitted: .*$`), "清机 $1 已解款：此后发现的假币为银行清点发现"},
	{regexp.MustCompile(`^not so many counterfeit notes can be of this collection: collection ([0-9]+) is in the vault: .*$`), "清机 $1 还在金库、未解款：银行不会发现其中的假币"},
	{regexp.MustCompile(`^not so many counterfeit notes can be of this collection: by its receipt collection ([0-9]+) had ([0-9]+) counterfeit notes of ([0-9.]+), cases have ([0-9]+) of them, and this would be ([0-9]+) more$`), "清机 $1 金库复点的 $3 元假币为 $2 张，已登记 $4 张，不能再登记 $5 张"},
	{regexp.MustCompile(`^not so many counterfeit notes can be of this collection: by its receipt collection ([0-9]+) had ([0-9]+) genuine notes of ([0-9.]+), cases have ([0-9]+) of them, and this would be ([0-9]+) more$`), "清机 $1 金库复点的 $3 元真币为 $2 张，其中已登记假币 $4 张，不能再登记 $5 张"},
	{regexp.MustCompile(`^not so many counterfeit notes can be of this collection: collection ([0-9]+) was handed over without the notes of case (cf-[0-9a-f]+)$`), "清机 $1 已解款，其中不含案件 $2 的纸币，不能再撤销"},
	{regexp.MustCompile(`^cannot be meant: this very finding was taken back as case (cf-[0-9a-f]+): say what is known now$`), "同样的登记已撤销（案件 $1）：请补充现在掌握的情况后重新登记"},
	{regexp.MustCompile(`^cannot be meant: the collection that the notes are of is wanted, 20 digits$`), "请填写清机流水（20 位）"},
	{regexp.MustCompile(`^cannot be meant: the note of ([0-9.]+) with number ([0-9A-Z]+) is there twice$`), "同一张纸币填了两次：面额 $1 元，冠字号 $2"},
}

// forgeryWords are those of counterfeit notes.
func forgeryWords() map[string][2]string {
	return map[string][2]string{
		"class.counterfeit":   {"假币", "Counterfeit note"},
		"todo.counterfeit":    {"清点发现假币。请按合同通知设备厂商，并认定由谁承担。", "A counterfeit note was found. Tell the maker as the contract says, and decide who bears it."},
		"plankind.bear-loss":  {"认定假币损失", "Decide who bears a counterfeit note"},
		"plankind.drop-claim": {"核销厂商拒付款", "Write off what the maker refuses to pay"},
		"plankind.take-back":  {"撤销误登的假币", "Take a mistaken finding back"},
		"plandone.take-back":  {"已撤销：相关分录已冲回，该纸币可以重新登记", "Taken back: its entries are posted back, and the notes may be found anew"},

		"planfact.stage": {"执行前阶段", "Stage before"},
		"planfact.found": {"发现环节", "Found"},
		"planfact.bears": {"承担方", "Borne by"},
		"planfact.lost":  {"损失分担", "The loss"},
		"planfact.maker": {"设备厂商", "Maker"},
		"planfact.claim": {"厂商赔付", "Claim"},
		"forgery.lost":   {"厂商承担 %s，业主承担 %s", "the maker bears %s, the owner %s"},

		"cases.mine":              {"由我处理", "Mine to see to"},
		"forgeries":               {"假币", "Counterfeit notes"},
		"forgery.none":            {"没有假币记录", "None was found"},
		"forgery.new":             {"登记假币", "Write down a finding"},
		"forgery.open":            {"登记", "Open the case"},
		"forgery.found":           {"发现环节", "Found"},
		"forgery.found.at":        {"发现时间", "Found on"},
		"forgery.from":            {"入钞时段自", "Came in after"},
		"forgery.until":           {"入钞时段至", "and up to"},
		"forgery.window":          {"入钞时段", "Came in"},
		"forgery.collection":      {"清机流水", "Collection"},
		"forgery.collection.hint": {"清机流水（20 位）：假币从该次清机的钞票中剔出", "Collection (20 digits): the notes are set aside from it"},
		"forgery.cassette":        {"钞箱号", "Cassette"},
		"forgery.notes":           {"纸币", "Notes"},
		"forgery.notes.hint":      {"每行一张：面额（元）、冠字号（看不清写 -）、种类（机制、复印、变造或不明）", "A note a line: yuan, number (- if it cannot be read), printed, copied, spliced or unsure"},
		"forgery.notes.example":   {"100 AB12345678 机制", "100 AB12345678 printed"},
		"forgery.number":          {"冠字号", "Number"},
		"note.forgery.same":       {"内容与这件已有的登记完全相同，没有另行登记。若是另一张纸币，请在情况中写明区别，再登记一次。", "The very same stands here already, and nothing was added. If it is another note, say what is different about it, and write it down again."},
		"forgery.refused":         {"不能登记", "This cannot be written down"},
		"forgery.kind":            {"种类", "Kind"},
		"forgery.maker":           {"设备厂商", "Maker"},
		"forgery.device":          {"识币器型号", "Validator"},
		"forgery.firmware":        {"识币器固件", "Firmware"},
		"forgery.figures":         {"按厂商、型号、固件统计", "By maker, type and firmware"},
		"forgery.cases":           {"件数", "Cases"},
		"forgery.takeback":        {"撤销误登", "Take it back"},
		"forgery.takeback.hint":   {"登记有误时撤销：冲回相关分录，释放清机中的名额；厂商已付款的、以及金库发现而该次清机已解款的，不能撤销。", "Where it was a mistake: its entries are posted back, and its collection is free of it. Not once the maker has paid; nor, of notes found in the vault, once the rest of their collection was handed over."},
		"forgery.takenback.by":    {"撤销人", "Taken back by"},
		"forgery.back":            {"撤销件数", "Taken back"},
		"forgery.photos":          {"照片", "Photographs"},
		"forgery.photo":           {"上传照片", "Add a photograph"},
		"forgery.photo.hint":      {"JPEG 或 PNG，不超过 4 MiB", "JPEG or PNG, at most 4 MiB"},
		"forgery.candidates":      {"可能的交易", "Payments that it may be of"},
		"forgery.candidates.none": {"这段时间没有这种面额的纸币", "No note of that value came in then"},
		"forgery.more":            {"还有更多，未全部列出", "There are more"},
		"forgery.tell":            {"已通知厂商", "The maker was told"},
		"forgery.how":             {"通知方式、对方", "How, and whom"},
		"forgery.visit":           {"登记到场", "The maker was there"},
		"forgery.who":             {"到场人员（姓名或工号）", "Who (name or staff number)"},
		"forgery.decide":          {"认定承担方", "Decide who bears it"},
		"forgery.bears":           {"承担方", "Borne by"},
		"forgery.claim":           {"厂商赔付", "What the maker bears"},
		"forgery.claimed.by":      {"索赔人", "Claimed by"},
		"forgery.ended.by":        {"办理人", "Entered by"},
		"forgery.pay.until":       {"付款期限", "To be paid by"},
		"forgery.claim.do":        {"登记索赔", "It was claimed"},
		"forgery.paid.do":         {"登记付款", "The maker paid"},
		"forgery.paid.hint":       {"按银行入账登记，由索赔人以外的人办理；金额须与应付相同。", "As the bank has it, by another person than who claimed it, and for that sum."},
		"forgery.refused.do":      {"登记拒付", "The maker refuses"},
		"forgery.paid.other":      {"付款须由索赔人以外的人登记：索赔是您登记的。", "Another person enters that it was paid: the claim is yours."},
		"forgery.paid.late":       {"已核销；厂商事后付款，仍按银行入账登记，冲回核销。", "It was written off. What the maker pays all the same is entered as the bank has it, and comes back out of there."},
		"forgery.drop.do":         {"核销", "Write it off"},
		"forgery.drop.hint":       {"厂商拒付、且不再追索时，将应收厂商款转为核销。", "Where the maker refuses and is not to be asked again: what is due from it becomes a loss."},
		"forgery.paid.sum":        {"其中已付", "of it paid"},
		"forgery.dropped.sum":     {"其中核销", "of it written off"},
		"forgery.see":             {"到假币登记处理", "See the counterfeit case"},
		"forgery.pack":            {"下载证据包", "Evidence pack"},
	}
}

// forgeryStates are the words of package counterfeit, where the pages have them: in the midst of
// a line, or at its beginning.
func forgeryStates() map[string][2]string {
	out := map[string][2]string{}
	inside := map[string]string{"found": "forgery.found.", "kind": "forgery.kind.", "claim": "forgery.claimstate.", "bears": "bears."}
	first := map[string]string{"stage": "forgery.stage.", "bears": "forgery.by.", "line": "forgery.log."}
	for key, w := range counterfeit.Words() {
		group, name, _ := strings.Cut(key, ".")
		if at, is := inside[group]; is {
			out[at+name] = w
		}
		if at, is := first[group]; is {
			out[at+name] = [2]string{w[0], strings.ToUpper(w[1][:1]) + w[1][1:]}
		}
	}

	return out
}
