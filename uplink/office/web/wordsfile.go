package web

import "regexp"

// fileSentences are what is wrong with a file of others; see sentences. TestFaultsAreSaid holds
// that each that payments/reconcile/form can say has its words.
var fileSentences = []sentence{
	{regexp.MustCompile(`^is not in the encoding of the file's header$`), "与表头的字符编码不同"},
	{regexp.MustCompile(`^is no line of comma-separated values$`), "不是逗号分隔的一行"},
	{regexp.MustCompile(`^no header with (.+)$`), "没有表头：应有 $1"},
	{regexp.MustCompile(`^no line with the totals: the file was cut off$`), "没有合计行：文件不完整"},
	{regexp.MustCompile(`^follows the line with the totals$`), "合计行之后不应再有内容"},
	{regexp.MustCompile(`^has ([0-9]+) values, the header ([0-9]+)$`), "有 $1 列，表头为 $2 列"},
	{regexp.MustCompile(`^has ([0-9]+) values, not ([0-9]+)$`), "有 $1 列，应为 $2 列"},
	{regexp.MustCompile(`^is neither (\S+) nor (\S+)$`), "应为 $1 或 $2"},
	{regexp.MustCompile(`^is none of (.+)$`), "应为 $1 之一"},
	{regexp.MustCompile(`^has no number and sums?$`), "没有笔数和金额"},
	{regexp.MustCompile(`^does not match the ([0-9]+) lines$`), "与明细 $1 行不符"},
	{regexp.MustCompile(`^does not match the sum of the lines, ([-0-9.]+)$`), "与明细合计 $1 元不符"},
	{regexp.MustCompile(`^does not match the sum of the lines$`), "与明细合计不符"},
	{regexp.MustCompile(`^is no time of the form (.+)$`), "不是时间，格式应为 $1"},
	{regexp.MustCompile(`^is no date of the form (.+)$`), "不是日期，格式应为 $1"},
	{regexp.MustCompile(`^is ([0-9]+), the file is for ([0-9]+)$`), "是 $1，本文件应为 $2"},
	{regexp.MustCompile(`^the file is empty$`), "文件是空的"},
	{regexp.MustCompile(`^line is too long: more than ([0-9]+) bytes$`), "一行过长，超过 $1 字节"},
	{regexp.MustCompile(`^more than ([0-9]+) lines$`), "超过 $1 行"},
	{regexp.MustCompile(`^the last line has no end: the file was cut off$`), "最后一行不完整：文件被截断"},
	{regexp.MustCompile(`^has ([0-9]+) ([a-z]+), not ([0-9]+)$`), "长度为 $1，应为 $3"},
	{regexp.MustCompile(`^the sum of the file is too large$`), "金额合计过大"},
	{regexp.MustCompile(`^is no amount(?: in fen)?$`), "不是金额"},
	{regexp.MustCompile(`^is a formula$`), "以公式符号开头（= + - @），已拒绝"},
	{regexp.MustCompile(`^has a character that cannot be seen$`), "含有不可见字符，已拒绝"},
	{regexp.MustCompile(`^is no number of at most ([0-9]+) digits$`), "应为不超过 $1 位的数字"},
	{regexp.MustCompile(`^has characters that are not ASCII$`), "有非 ASCII 字符"},
	{regexp.MustCompile(`^has a space within, or is padded on its right$`), "中间有空格，或右侧补了空格"},
	{regexp.MustCompile(`^is missing or has more than ([0-9]+) characters$`), "缺少，或超过 $1 个字符"},
	{regexp.MustCompile(`^is no card number$`), "不是卡号"},
	{regexp.MustCompile(`^has not ([0-9]+) characters$`), "应为 $1 个字符"},
	{regexp.MustCompile(`^the form has no year: the date of the file must be given$`), "格式中没有年份，须给出账务日期"},
	{regexp.MustCompile(`^is beside 支出金额: want one of the two$`), "支出、收入金额应有且只有一个"},
	{regexp.MustCompile(`^is no reference of 1 to ([0-9]+) bytes$`), "应为 1 至 $1 字节的参考号"},
	{regexp.MustCompile(`^is nothing$`), "金额为零"},
	{regexp.MustCompile(`^names another payment, as a line of money that went back does: the form of such lines has to be given \(--posp-form\)$`), "指向另一笔交易，像是退款行：须先给出退款行的格式（--posp-form）"},
}

// fileWords are those of files that people bring.
func fileWords() map[string][2]string {
	return map[string][2]string{
		"file.bring":          {"导入对账文件", "Take in a file"},
		"file.bring.hint":     {"整份导入或完全不导入，不超过 256 MiB。替换这一天已有的同一账册，原文件保留；导入后须重新对账。", "All of it or nothing, at most 256 MiB. It takes the place of the same book of the date, which is kept; the date is matched again after it."},
		"file.book":           {"账册", "Book"},
		"file.part":           {"收单机构", "Acquirer"},
		"file.part.hint":      {"有多家收单机构时填写", "where there are several"},
		"file.file":           {"文件", "File"},
		"file.take":           {"导入", "Take it in"},
		"file.statement":      {"导入银行对账单", "Take in the bank's statement"},
		"file.statement.hint": {"CSV，GB18030 或 UTF-8，不超过 8 MiB，整份导入或完全不导入。按参考号与存款核对；登记存款的人不能导入自己那笔的对账单。", "CSV in GB18030 or UTF-8, at most 8 MiB, all of it or nothing. Lines are matched with deposits by reference; who entered a deposit does not confirm it."},
		"file.refused":        {"文件没有导入", "The file was not taken in"},
		"file.refused.hint":   {"有下面这些错误，文件整份没有导入，账目没有改动。", "It has the faults below. Nothing of it was taken in, and no book was changed."},
		"file.line":           {"行", "Line"},
		"file.whole":          {"整份", "all of it"},
		"file.field":          {"字段", "Field"},
		"file.fault":          {"错误", "What is wrong"},
		"file.more":           {"另有 %d 处", "and %d more"},
		"file.large":          {"文件过大，没有导入。", "The file is too large. Nothing was taken in."},
		"file.cut":            {"文件在上传途中中断，没有导入。请再传一次。", "The file was cut off on the way. Nothing was taken in; please send it again."},
		"file.nopart":         {"这个账册一天只有一份文件，没有导入。请把“收单机构”留空；只有扫码收单的账单才填写。", "This book has one file for a date. Nothing was taken in: leave the acquirer empty, which is for acquirers' bills."},
		"file.busy":           {"正在导入其他文件，请稍后再试。", "Other files are coming in. Try again in a minute."},
		"file.signed":         {"这一天已签，没有导入。须先由两人重新打开。", "The date is signed. Nothing was taken in; two people have to open it again first."},
		"note.file.taken":     {"文件已导入", "The file was taken in"},
	}
}
