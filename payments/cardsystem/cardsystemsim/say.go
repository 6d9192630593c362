package cardsystemsim

import (
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/mis"
)

// instead is what a dialect says that has no code for a meaning.
var instead = map[cardsystem.Meaning]cardsystem.Meaning{
	cardsystem.SaysBusy:         cardsystem.SaysFailed,
	cardsystem.SaysInProcess:    cardsystem.SaysFailed,
	cardsystem.SaysBadPacket:    cardsystem.SaysFailed,
	cardsystem.SaysKeysAway:     cardsystem.SaysFailed,
	cardsystem.SaysNoUser:       cardsystem.SaysNone,
	cardsystem.SaysNoNextDay:    cardsystem.SaysInvalidReversal,
	cardsystem.SaysOldCard:      cardsystem.SaysOtherCard,
	cardsystem.SaysNotOpened:    cardsystem.SaysNotLoaded,
	cardsystem.SaysBlankCard:    cardsystem.SaysOtherCard,
	cardsystem.SaysBelowMinimum: cardsystem.SaysOverHoarding,
	cardsystem.SaysNotMultiple:  cardsystem.SaysFixedAmount,
	cardsystem.SaysBought:       cardsystem.SaysDuplicate,
}

// code is how the dialect says m, or what comes next to it.
func (s *Server) code(m cardsystem.Meaning) mis.Code {
	codes := s.dialect.Codes()
	for codes.Code(m) == "" {
		next, ok := instead[m]
		if !ok {
			return codes.Code(cardsystem.SaysOtherCard)
		}
		m = next
	}

	return codes.Code(m)
}

// say answers an operation with a code and its text.
func (s *Server) say(op cardsystem.Op, m cardsystem.Meaning) cardsystem.Reply {
	return cardsystem.WithCode(op, s.code(m), message(m))
}

var messages = map[cardsystem.Meaning]string{
	cardsystem.SaysOK:              "成功",
	cardsystem.SaysFailed:          "失败",
	cardsystem.SaysBadPacket:       "报文错误",
	cardsystem.SaysNone:            "无记录",
	cardsystem.SaysNoUser:          "无此用户",
	cardsystem.SaysBusy:            "系统忙",
	cardsystem.SaysInProcess:       "正在处理",
	cardsystem.SaysDuplicate:       "流水号重复",
	cardsystem.SaysBought:          "已购电",
	cardsystem.SaysReversed:        "已冲正",
	cardsystem.SaysInvalidReversal: "无效冲正",
	cardsystem.SaysNoNextDay:       "不允许隔日冲正",
	cardsystem.SaysNotLoaded:       "上次购电未插表",
	cardsystem.SaysOldCard:         "已补卡，旧卡作废",
	cardsystem.SaysNotOpened:       "未开户",
	cardsystem.SaysBlankCard:       "空白卡",
	cardsystem.SaysOtherCard:       "非本系统卡",
	cardsystem.SaysCountDiffers:    "购电次数不一致",
	cardsystem.SaysArrearsFirst:    "请先缴清欠费",
	cardsystem.SaysOverHoarding:    "超过囤积限额",
	cardsystem.SaysBelowMinimum:    "低于最小购电金额",
	cardsystem.SaysFixedAmount:     "定量购电用户",
	cardsystem.SaysNotMultiple:     "购电金额不是规定的倍数",
	cardsystem.SaysTariffDue:       "电价调整，请到营业厅",
	cardsystem.SaysUnwritten:       "上次购电未写卡",
	cardsystem.SaysTwoRecords:      "有两条相同购电次数的记录",
	cardsystem.SaysWritten:         "已写卡",
	cardsystem.SaysKeysAway:        "加密服务失败",
}

func message(m cardsystem.Meaning) string { return messages[m] }
