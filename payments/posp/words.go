package posp

// Words are a fact for the customer in both languages.
type Words struct{ Chinese, English string }

// Words are what the customer is told. They say what is so, and never more than the
// bank said: a refusal took no money.
func (r Reason) Words() Words { return words[r] }

var words = map[Reason]Words{
	Approved:      {"银行已扣款", "The bank has taken the money."},
	Refused:       {"银行拒绝了本次交易，未扣款", "The bank refused. No money was taken."},
	CallBank:      {"银行拒绝了本次交易，未扣款，请联系发卡银行", "The bank refused and asks you to call it. No money was taken."},
	WrongPIN:      {"密码错误，未扣款", "The PIN is wrong. No money was taken."},
	PINBlocked:    {"密码错误次数过多，未扣款，请联系发卡银行", "The PIN was wrong too often. No money was taken. Please call your bank."},
	NoFunds:       {"余额不足，未扣款", "There is not enough money in the account. No money was taken."},
	OverLimit:     {"超过银行卡限额，未扣款", "This is above the limit of the card. No money was taken."},
	TooOften:      {"超过银行卡使用次数，未扣款", "The card was used too often. No money was taken."},
	Expired:       {"银行卡已过期，未扣款", "The card has expired. No money was taken."},
	BadCard:       {"银行无法识别此卡，未扣款", "The bank does not know this card. No money was taken."},
	Lost:          {"此卡已挂失，未扣款", "The card is reported lost. No money was taken."},
	CardKept:      {"发卡银行要求收回此卡，未扣款，请联系发卡银行", "Your bank asks us to keep the card. No money was taken. Please call your bank."},
	Suspected:     {"银行因安全原因拒绝，未扣款，请联系发卡银行", "The bank refused for safety. No money was taken. Please call your bank."},
	NotAllowed:    {"此卡不支持本交易，未扣款", "The card does not allow this. No money was taken."},
	NotHere:       {"本机不支持此卡交易，未扣款", "This machine may not do this with the card. No money was taken."},
	NotRegistered: {"本机银行卡服务暂停，未扣款", "Card payment is not available here. No money was taken."},
	BadAmount:     {"银行不接受此金额，未扣款", "The bank does not accept the amount. No money was taken."},
	NoOriginal:    {"银行没有原交易记录", "The bank has no record of it."},
	Later:         {"银行系统暂时无法处理，未扣款，请稍后再试", "The bank cannot do this now. No money was taken. Please try later."},
	Format:        {"银行卡服务出错，未扣款", "Card payment went wrong. No money was taken."},
	Keys:          {"银行卡服务正在重新连接，未扣款，请稍后再试", "Card payment is connecting again. No money was taken. Please try later."},
	Unclear:       {"银行没有明确答复，如已扣款将自动退回", "The bank did not give a clear answer. If it took money, we ask for it back."},
}
