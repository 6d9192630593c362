package web

import (
	"regexp"
	"strings"
	"unicode"
)

// trustSentences are what head office says of kiosks that it does not believe, and of journals
// that do not fit.
var trustSentences = []sentence{
	{regexp.MustCompile(`^([-0-9.]+) yuan to (\S+) by (\S+): `), "户号 $2，$1 元，{tender:$3}："},
	{regexp.MustCompile(`^(journal|fork|limit|day|incarnation|ahead|time|tender|notes|unpaid): `), "{doubt:$1}："},
	{regexp.MustCompile(`^with it ([-0-9.]+) yuan in notes would be posted for the day, the cassette holds ([-0-9.]+)`), "加上这笔，当日纸币入账将达 $1 元，钞箱只能容纳 $2 元"},
	{regexp.MustCompile(`^there is no tender (\S+)`), "没有支付方式 $1"},
	{regexp.MustCompile(`^more than ([-0-9.]+) yuan, the most of one payment`), "超过一笔缴费的上限 $1 元"},
	{regexp.MustCompile(`^its serial is of incarnation ([0-9]+), the kiosk's journal is of ([0-9]+)`), "流水号属第 $1 代日志，终端现为第 $2 代"},
	{regexp.MustCompile(`^its serial is of record ([0-9]+), the kiosk's journal is here up to ([0-9]+)`), "流水号为记录 $1，而终端日志只到记录 $2"},
	{regexp.MustCompile(`^paid at (-?[0-9]+) ms, which no clock says`), "收款时间（毫秒数 $1）不可能"},
	{regexp.MustCompile(`^ordered while the journal does not follow$`), "日志不衔接期间要求入账"},
	{regexp.MustCompile(`^ordered while the journal is written twice, and no record of it is here$`), "日志写了两份期间要求入账，尚无这笔的记录"},

	{
		regexp.MustCompile(`^record ([0-9]+) was written twice, by two boards with one key: the journal goes on to record ([0-9]+), its branch (\S+) to ([0-9]+)`),
		"记录 $1 由同一密钥的两块主板各写了一次：先到的一份到记录 $2，分支 $3 到记录 $4",
	},
	{regexp.MustCompile(`^the board whose side of the journal was left goes on: record ([0-9]+)`), "未被选定的那块主板仍在写日志：记录 $1"},
	{regexp.MustCompile(`^journal chain broken: `), "日志不衔接："},
	{regexp.MustCompile(`^records missing before batch: from ([0-9]+), have ([0-9]+)`), "缺少记录：收到从 $1 起，已有到 $2"},
	{regexp.MustCompile(`^record ([0-9]+) has a type or serial that is not plain`), "记录 $1 的类型或流水号不合规"},
	{regexp.MustCompile(`^record ([0-9]+) differs from the one stored`), "记录 $1 与已存的不同"},
	{regexp.MustCompile(`^record ([0-9]+) does not carry the hash of ([0-9]+)`), "记录 $1 没有记录 $2 的摘要"},

	{regexp.MustCompile(`^posted as the kiosk asked; it was online for ([0-9]+) minutes since, and no record of the money is here`), "按终端要求入账；此后终端在线 $1 分钟，仍无收款记录"},
	{regexp.MustCompile(`^posted ([-0-9.]+) as the kiosk asked; its records make ([-0-9.]+)`), "按终端要求入账 $1 元；记录合计 $2 元"},
	{regexp.MustCompile(`^posting ([0-9]+)$`), "入账单 $1"},
	{regexp.MustCompile(`^the records came, and agree$`), "记录已到，且相符"},
	{
		regexp.MustCompile(`^at record ([0-9]+) the kiosk reports ([-0-9.]+) in (-?[0-9]+) notes, its records make ([-0-9.]+) in ([0-9]+)`),
		"在记录 $1 处，终端自报 $2 元 $3 张，记录合计 $4 元 $5 张",
	},
	{regexp.MustCompile(`^the kiosk reports what its records make$`), "终端自报与记录相符"},
	{regexp.MustCompile(`^more than ([0-9]+) a minute, or ([0-9]+) a day`), "查询超过每分钟 $1 次，或每日 $2 次"},

	{
		regexp.MustCompile(`^two connections take each other's place: from (\S+) with key (\S+), and from (\S+) with key (\S+)`),
		"两个连接互相顶替：来自 $1（密钥 $2）与 $3（密钥 $4）",
	},
	{regexp.MustCompile(`^([0-9]+) connections took the place of another within (\S+), the last from (\S+) with key (\S+)`), "$2 内有 $1 个连接顶替了别的连接，最后一个来自 $3（密钥 $4）"},
	{regexp.MustCompile(`^a key that was replaced is being used: (\S+)`), "已被替换的密钥仍在使用：$1"},

	{regexp.MustCompile(`^released: `), "已放行："},
	{regexp.MustCompile(`^refused: `), "决定不入账："},
	{regexp.MustCompile(`^ordered after all$`), "后来已由记录证实"},
	{regexp.MustCompile(`^not posted, as (\S+), (\S+) ordered: `), "不入账（$1 提出、$2 批准）："},
}

// detail is the detail of an alarm in words. What a device says of itself and nobody has words
// for is shown as its own.
func (l lang) detail(text string) string {
	if l == en || text == "" {
		return text
	}
	if said := l.sentence(text); said != text {
		return said
	}
	if w, known := words["detail."+text]; known {
		return w[l]
	}
	parts := strings.Split(text, ", ")
	for i, part := range parts {
		w, known := words["detail."+part]
		if !known {
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				return text
			}

			return l.t("detail.own", text)
		}
		parts[i] = w[l]
	}

	return strings.Join(parts, "，")
}

// detailWords are what devices say of themselves.
func detailWords() map[string][2]string {
	said := map[string]string{
		"paper out": "缺纸", "cover open": "机盖打开", "cutter fault": "切刀故障", "unrecoverable error": "不可恢复的故障",
		"print head too hot": "打印头过热", "feed button pressed": "走纸键被按下", "printer reports an error": "打印机报告故障",
		"printer reports offline": "打印机报告脱机", "printer does not answer": "打印机没有应答", "reader does not answer": "读卡器没有应答",
		"reader does not tell its status": "读卡器不报告状态", "reader state is unknown": "读卡器状态未知", "no reader": "没有读卡器",
		"smart card service does not answer": "读卡服务没有应答", "no master key": "没有主密钥", "user information is short": "密码键盘资料不完整",
		"stacked without an order": "无单入钞", "event unknown to the driver": "驱动程序不认识的事件", "event without its channel": "事件没有通道号",
		"not text": "不是文本", "too long": "过长", "a part is missing": "缺少一段", "validator": "识币器", "does not open": "不开放收钞",
		"cards that are kept fill the reader's bin": "吞卡箱已满", "cards that are kept fill the bin of the meter-card reader": "电卡吞卡箱已满",
		"a meter card that nobody took, or that does not come out, is in the reader": "读卡器里有一张无人取走或退不出的电卡",
		"a bank card that nobody took, or that does not come out, is in the reader":  "读卡器里有一张无人取走或退不出的银行卡",
		"the key of head office is missing (policy_key)":                             "缺少总部的密钥（policy_key）",
		"line is not open": "端口没有打开", "no answer in time": "没有按时应答", "a prompt was asked for: listen": "已要求播放提示音，请听",
		"a full roll: the count starts again": "换上整卷纸，重新计数", "switched over and back: look at it": "已切换并切回，请查看",
		"this kiosk flashes no devices":                            "本终端不给设备刷写固件",
		"firmware of devices comes in a bundle that fills no slot": "设备固件须用不占槽的升级包",
		"the bundle is no content: it fills a slot":                "该升级包不是内容包，会占用一个槽",
		"chunk-damaged": "数据块损坏",
	}
	out := map[string][2]string{"detail.own": {"设备原文：%s", "%s"}}
	for text, zh := range said {
		out["detail."+text] = [2]string{zh, text}
	}

	return out
}
