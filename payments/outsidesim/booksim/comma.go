package booksim

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const clock = "2006-01-02 15:04:05"

// BankCSV is the file of a collection server: a header, a line a payment, and the totals:
// the number of the lines and the sum of those that were not reversed.
func BankCSV() Form {
	return Form{Kind: "bank", Totals: true, write: writeBank, names: func(d day) map[string]day { return map[string]day{"DS_" + d.date + ".csv": d} }}
}

func writeBank(d day) []byte {
	var b strings.Builder
	for _, l := range d.lines {
		state := "成功"
		if l.Back {
			state = "已冲正"
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,%s\r\n", dashed(l.Date), l.At.Format("15:04:05"), l.Serial, l.Account, l.Amount, state, l.Batch)
	}
	fmt.Fprintf(&b, "合计,%d,%s\r\n", d.counted(), d.summed())

	return encoded("交易日期,交易时间,流水号,户号,金额,状态,批次号\r\n", b.String(), true, d.mixed)
}

// AlipayBill is the bill of details as Alipay has it.
func AlipayBill() Form {
	return Form{Kind: "acquirer", Totals: true, write: writeAlipay, names: func(d day) map[string]day {
		return map[string]day{"2088000000000001_" + d.date + "_业务明细.csv": d}
	}}
}

func writeAlipay(d day) []byte {
	const rule = "#-----------------------------------------业务明细列表"
	day, _ := time.Parse("20060102", d.date)
	chinese := func(t time.Time) string { return t.Format("2006年01月02日 15:04:05") }
	head := "#支付宝业务明细查询\r\n#账号：[20880000000000010156]\r\n" +
		"#起始日期：[" + chinese(day) + "]   终止日期：[" + chinese(day.AddDate(0, 0, 1)) + "]\r\n" + rule + strings.Repeat("-", 40) + "\r\n" +
		"支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）," +
		"支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注\r\n"

	var b strings.Builder
	back := 0
	for _, l := range d.lines {
		kind, sign := "交易", ""
		if l.Back {
			kind, sign = "退款", "-"
			back++
		}
		at := l.At.Format(clock)
		cells := []string{
			l.Reference + "\t", l.Serial + "\t", kind, "电费", at, at, "", "", "", l.Terminal, "158****0000", sign + l.Amount.String(), sign + l.Amount.String(),
			"0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00", "", "0.00", "0.00", "",
		}
		b.WriteString(strings.Join(cells, ",") + "\r\n")
	}
	fmt.Fprintf(&b, "%s结束%s\r\n", rule, strings.Repeat("-", 36))
	fmt.Fprintf(&b, "#交易合计：%d笔，商家实收共%s元，商家优惠共0.00元\r\n", d.counted()-back, d.summed())
	fmt.Fprintf(&b, "#退款合计：%d笔，商家实收退款共%s元，商家优惠退款共0.00元\r\n#导出时间：[%s]\r\n", back, d.back(), chinese(day.AddDate(0, 0, 1)))

	return encoded(head, b.String(), true, d.mixed)
}

// WeChatBill is the bill of all transactions as WeChat Pay has it.
func WeChatBill() Form {
	return Form{Kind: "acquirer", Totals: true, write: writeWeChat, names: func(d day) map[string]day {
		return map[string]day{"1900000001All" + dashed(d.date) + ".csv": d}
	}}
}

func writeWeChat(d day) []byte {
	const head = "\xEF\xBB\xBF交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额," +
		"微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"
	var b strings.Builder
	for _, l := range d.lines {
		state, paid, back, how := "SUCCESS", l.Amount.String(), "0.00", ""
		if l.Back {
			state, paid, back, how = "REFUND", "0.00", l.Amount.String(), "ORIGINAL"
		}
		cells := []string{
			l.At.Format(clock), "wx0000000000000001", "1900000001", "0", l.Terminal, l.Reference, l.Serial, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "NATIVE", state,
			"OTHERS", "CNY", paid, "0.00", "0", "0", back, "0.00", how, how, "电费", "", "0.00000", "0.00%", paid, back, "",
		}
		b.WriteString("`" + strings.Join(cells, ",`") + "\r\n")
	}
	b.WriteString("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n")
	fmt.Fprintf(&b, "`%d,`%s,`%s,`0.00,`0.00000,`%s,`%s\r\n", d.counted(), d.summed(), d.back(), d.summed(), d.back())

	return encoded(head, b.String(), false, d.mixed)
}

// encoded is a file in GB18030 or UTF-8; mixed has what follows the header in the other.
func encoded(head, rest string, chinese, mixed bool) []byte {
	return append(text(head, chinese), text(rest, chinese != mixed)...)
}

func text(s string, chinese bool) []byte {
	if !chinese {
		return []byte(s)
	}
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic("booksim: " + err.Error()) // it has a code for every character
	}

	return b
}
