package web

import (
	"regexp"
	"slices"
	"strings"
)

// sentence is one kind of reason.
type sentence struct {
	english *regexp.Regexp
	chinese string // $1 … are what the pattern found
}

// The books keep reasons as English sentences of a few kinds; these are their
// Chinese words. A sentence of another kind is shown as it is.
var sentences = []sentence{
	{regexp.MustCompile(`^the MIS booked ([-0-9.]+), the order is ([-0-9.]+)`), "营销系统入账 $1 元，应入账 $2 元"},
	{regexp.MustCompile(`^the MIS booked it as ([-0-9.]+) to arrears and ([-0-9.]+) to advance`), "营销系统记为冲抵欠费 $1 元、转预收 $2 元"},
	{
		regexp.MustCompile(`^the MIS sold ([-0-9.]+) as purchase ([0-9]+) onto card (\S*), the order is purchase ([0-9]+) of card (\S+)`),
		"营销系统售电 $1 元，第 $2 次购电，卡 $3；应为卡 $5 第 $4 次购电",
	},
	{regexp.MustCompile(`^closed with ([-0-9.]+), the notes make ([-0-9.]+)`), "终端报合计 $1 元，逐张纸币合计 $2 元"},
	{regexp.MustCompile(`^open since ([-0-9: ]+), state ([a-z]+)`), "自 $1 起未了结，状态 {pstate:$2}"},
	{regexp.MustCompile(`^nobody can tell where the note is: ([ a-z-]+)`), "无法判定纸币去向：{evidence:$1}"},
	{regexp.MustCompile(`^the note is in the cassette after all: ([ a-z-]+)`), "纸币事后查明在钞箱：{evidence:$1}"},
	{regexp.MustCompile(`^the note was given back after all: ([ a-z-]+)`), "纸币事后查明已退还顾客：{evidence:$1}"},
	{regexp.MustCompile(`^stacked without an order: ([ a-z-]+)`), "无单入钞：{evidence:$1}"},
	{regexp.MustCompile(`^stacked without an order, value unknown: ([ a-z-]+)`), "无单入钞，面额未知：{evidence:$1}"},
	{regexp.MustCompile(`^a note of no payment, and nobody can tell where it is: ([ a-z-]+)`), "不属于任何缴费的纸币，去向不明：{evidence:$1}"},
	{regexp.MustCompile(`^a note of no payment, and nobody can tell where it is, value unknown: ([ a-z-]+)`), "不属于任何缴费的纸币，去向不明，面额未知：{evidence:$1}"},
	{regexp.MustCompile(`^journal of incarnation ([0-9]+) lost after record ([0-9]+), with ([-0-9.]+) yuan in the cassette`), "第 $1 代日志在记录 $2 之后遗失，钞箱内有 $3 元"},
	{regexp.MustCompile(`^ordered while the journal does not follow: ([-0-9.]+) yuan to (\S+) by (\S+)`), "日志不衔接期间要求入账：户号 $2，$1 元，{tender:$3}"},
	{regexp.MustCompile(`^closed on a branch of the journal, record ([0-9]+): ([-0-9.]+) yuan to (\S+) by (\S+)`), "分叉日志记录 $1 收款结束：户号 $3，$2 元，{tender:$4}"},
	{regexp.MustCompile(`^on a branch of the journal, record ([0-9]+): nobody can tell where the note is: ([ a-z-]+)`), "分叉日志记录 $1：无法判定纸币去向：{evidence:$2}"},
	{regexp.MustCompile(`^on a branch of the journal, record ([0-9]+): stacked without an order: ([ a-z-]+)`), "分叉日志记录 $1：无单入钞：{evidence:$2}"},
	{regexp.MustCompile(`^the customer was told that it is posted, before these books were restored; it is ([a-z]+)`), "账目恢复之前已告知顾客缴费成功，现为：{pstate:$1}"},
	{regexp.MustCompile(`^the customer was told that it is owed, before these books were restored, and may have been given it back; it is posted`), "账目恢复之前已告知顾客未入账，可能已退款，现已入账"},
	{regexp.MustCompile(`^record ([0-9]+), ([a-z-]+), cannot be read`), "记录 $1（$2）无法读取"},
	{regexp.MustCompile(`^record ([0-9]+), ([a-z-]+), names a serial that is not this kiosk's`), "记录 $1（$2）的流水号不属于本终端"},
	{regexp.MustCompile(`^records ([0-9]+) to ([0-9]+): `), "记录 $1 至 $2 不衔接："},
	{regexp.MustCompile(`^records from ([0-9]+) to ([0-9]+) are missing`), "缺少记录 $1 至 $2"},
	{regexp.MustCompile(`^ended: ([a-z]+)`), "入账单已了结：{pstate:$1}"},
	{regexp.MustCompile(`^held: ([-0-9.]+) yuan to (\S+) by (\S+); now ordered: ([-0-9.]+) yuan to (\S+) by ([^\s,]+)`), "已有：户号 $2，$1 元，{tender:$3}；又要求：户号 $5，$4 元，{tender:$6}"},
	{regexp.MustCompile(`^held: ([-0-9.]+) yuan to (\S+) by qr; now ordered: ([-0-9.]+) yuan to (\S+)`), "已有扫码单：户号 $2，$1 元；又要求：户号 $4，$3 元"},
	{regexp.MustCompile(`^ordered: ([-0-9.]+) yuan to (\S+); the acquirer has no such payment, or does not know yet`), "要求入账：户号 $2，$1 元；收单机构没有这笔付款，或尚无答复"},
	{regexp.MustCompile(`^the acquirer refused the refund: `), "收单机构拒绝退款："},
	{regexp.MustCompile(`^reversed, as (\S+), (\S+) ordered: `), "返销（$1 提出、$2 批准）："},
	{regexp.MustCompile(`^not posted, as (\S+), (\S+) ordered: `), "不入账（$1 提出、$2 批准）："},
	{regexp.MustCompile(`^reversed, as (\S+) ordered`), "返销（$1 要求）"},
	{regexp.MustCompile(`^open for long, and ([a-z-]+)`), "长时间没有结果，状态 {qrstate:$1}"},
	{regexp.MustCompile(`^the kiosk has it paid, the acquirer says it is not: ([a-z-]*)`), "终端记为已付，收单机构称未付：{qrwhy:$1}"},
}

// known is the places in a Chinese sentence that are words themselves.
var known = regexp.MustCompile(`\{([a-z]+):([^}]*)\}`)

// Whom the sentences name. Most are written of the MIS.
const (
	theMIS, theMISInChinese               = "the MIS", "营销系统"
	theCardSystem, theCardSystemInChinese = "the card-meter system", "售电系统"
)

// ofTheSale says of a sale what is said of a posting.
var ofTheSale = strings.NewReplacer(theMISInChinese, theCardSystemInChinese, "入账", "售电", "返销", "撤销")

// reason is why a posting ended as it did, in words. What is said of the card-meter system
// is said in the words that are there for the MIS.
func (l lang) reason(text string) string {
	if l == zh && strings.Contains(text, theCardSystem) {
		of := strings.ReplaceAll(text, theCardSystem, theMIS)
		return ofTheSale.Replace(l.sentence(of))
	}

	return l.sentence(text)
}

// counted is why a count differs: the words of the record, which a kiosk writes in Chinese
// whatever its screen speaks, are said in the reader's.
func (l lang) counted(recorded string) string {
	for _, why := range []string{"jammed", "damaged", "counterfeit", "unknown"} {
		if w := words["counted."+why]; w[zh] == recorded {
			return w[l]
		}
	}

	return recorded
}

// sentence is a reason in words.
func (l lang) sentence(text string) string {
	if w, ok := words["reason."+text]; ok || l == en {
		if ok {
			return w[l]
		}
		return text
	}
	for _, s := range slices.Concat(sentences, bankSentences, saleSentences, cashSentences, forgerySentences, fileSentences, trustSentences) {
		at := s.english.FindStringSubmatchIndex(text)
		if at == nil {
			continue
		}
		said := known.ReplaceAllStringFunc(string(s.english.ExpandString(nil, s.chinese, text, at)), func(m string) string {
			group, value, _ := strings.Cut(strings.Trim(m, "{}"), ":")
			return l.of(group, value)
		})
		if rest := text[at[1]:]; rest != "" && at[1] > 0 {
			return said + l.sentence(rest) // what is said after it may be of a kind too
		}
		return said
	}
	return text
}

// ofBreak is the text of a case of books that differ: class, date and batch, what each book
// has, the proposal and why.
var ofBreak = regexp.MustCompile(`^([a-z-]+) of ([0-9]{8})(?:, batch ([^:]+))?: ([^;]+); ([a-z-]+): (.+)$`)

// ofDifference says why books differ, in Chinese; false for a text of another kind.
func (l lang) ofDifference(text string) (string, bool) {
	m := ofBreak.FindStringSubmatch(text)
	if m == nil || l != zh {
		return "", false
	}
	said := []string{l.t("date.of", dashed(m[2])), l.of("breakclass", m[1])}
	if m[3] != "" {
		said = append(said, l.t("date.batch", m[3]))
	}
	for side := range strings.SplitSeq(m[4], ", ") {
		book, amount, _ := strings.Cut(side, " ")
		if amount == "nothing" {
			amount = l.t("date.nothing")
		}
		said = append(said, l.of("book", book)+" "+amount)
	}

	return strings.Join(said, "，") + "。" + l.t("date.proposal") + l.of("proposal", m[5]) + "：" + l.of("breakwhy", m[6]), true
}

// basis is the text of a case: a reason, and perhaps the MIS's answer in brackets.
func (l lang) basis(text string) string {
	if said, is := l.ofDifference(text); is {
		return said
	}
	why, answer, found := strings.Cut(text, " (")
	if !found {
		return l.reason(text)
	}
	if l == zh {
		return l.reason(why) + "（" + strings.TrimSuffix(answer, ")") + "）"
	}
	return l.reason(why) + " (" + answer
}
