package metersim

import "fmt"

// Error is what a meter shows: Err- and two digits. The zero value is none.
type Error int

// The errors.
const (
	LowVoltage          Error = 1
	NoAnswer            Error = 4
	InternalAuth        Error = 5
	ExternalAuth        Error = 6
	Unissued            Error = 7
	WrongType           Error = 8
	WrongMAC            Error = 10
	WrongMeter          Error = 11
	WrongCustomer       Error = 12
	WrongSerial         Error = 13
	WrongFormat         Error = 14
	PurchaseUnopened    Error = 15
	ReplacementUnopened Error = 16
	WrongCount          Error = 17
	NotEmpty            Error = 18
	Communication       Error = 19
	RemovedEarly        Error = 20
	OverHoarding        Error = 21
)

var words = map[Error][2]string{
	LowVoltage:          {"电压过低", "the voltage is too low"},
	NoAnswer:            {"卡复位错误", "the card does not answer its reset"},
	InternalAuth:        {"身份认证错误", "the card does not prove itself"},
	ExternalAuth:        {"外部认证错误", "the card refuses the meter"},
	Unissued:            {"卡未发行", "the card was not issued"},
	WrongType:           {"卡类型错误", "the card is of another type"},
	WrongMAC:            {"MAC 校验错误", "the card refuses what the meter wrote"},
	WrongMeter:          {"表号不一致", "the card is for another meter"},
	WrongCustomer:       {"客户编号与卡不一致", "the card is another customer's"},
	WrongSerial:         {"卡号不一致", "another card belongs to this meter"},
	WrongFormat:         {"卡文件格式错误", "a file of the card is malformed"},
	PurchaseUnopened:    {"未开户表插入购电卡", "a purchase card in a meter that was not opened"},
	ReplacementUnopened: {"未开户表插入补卡", "a replacement card in a meter that was not opened"},
	WrongCount:          {"购电次数错误", "this is not the next purchase"},
	NotEmpty:            {"返写文件不为空", "the return file is not empty"},
	Communication:       {"操作卡通信错误", "the card was removed before anything was loaded"},
	RemovedEarly:        {"提前拔卡", "the card was removed too early; it was loaded"},
	OverHoarding:        {"剩余金额超过囤积限额", "more than the meter may hold"},
}

// String is the error as the meter shows it.
func (e Error) String() string {
	if e == 0 {
		return ""
	}

	return fmt.Sprintf("Err-%02d", int(e))
}

// Chinese and English say what it means.
func (e Error) Chinese() string { return words[e][0] }

// English is Chinese in English.
func (e Error) English() string { return words[e][1] }
