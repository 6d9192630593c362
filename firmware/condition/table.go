package condition

import "wattkiosk/payments/receipt"

// Code is the stable name of a condition.
type Code string

// Stops is a set of what the kiosk can do and a condition takes away.
type Stops uint8

// What can be stopped. A tender or service needs some of them: see
// firmware/profile.
const (
	Cash     Stops = 1 << iota // notes are taken
	Card                       // bank cards
	Slip                       // whatever ends with a printed slip
	PayBill                    // one service: payment of a bill
	Line                       // what head office must be asked for while the customer waits
	BuyPower                   // another service: purchase onto a meter card, and all else that takes one
	Selling                    // the sale of power, by the card-meter system

	Nothing Stops = 0
	All           = Cash | Card | Slip | PayBill | Line | BuyPower | Selling
)

// Severity says how bad a condition is.
type Severity uint8

// The severities.
const (
	Notice  Severity = iota // passes by itself, or is meant so
	Warning                 // somebody should look
	Fault                   // somebody must come, or money may be at risk
)

// The conditions.
const (
	Starting        Code = "starting"         // the validator has not said that it is ready
	StartingPrinter Code = "starting-printer" // the printer has not said anything
	Cassette        Code = "cassette"         // full or removed
	Validator       Code = "validator"        // jammed, failed, silent, or it does not do what it is told
	Printer         Code = "printer"          // not there, open, or its cutter is stuck
	Paper           Code = "paper"            // out of paper
	Page            Code = "page"             // a slip that the printer's driver refused
	Journal         Code = "journal"          // takes no records, has no space, or head office holds another one
	JournalApart    Code = "journal-apart"    // head office has another journal under this kiosk's name
	Door            Code = "door"
	Tamper          Code = "tamper"
	Mains           Code = "mains"
	Offline         Code = "offline"         // no line, and no policy that allows payment without it
	Unsigned        Code = "unsigned"        // by head office's order, as a business date is not signed
	Update          Code = "update"          // held for a restart into another software
	Collection      Code = "collection"      // two people take the cash out, or have begun to
	CollectionOpen  Code = "collection-open" // one was begun, was left alone, and has no end
	CassetteMoved   Code = "cassette-moved"  // the cassette was taken out with no collection open
	Vibration       Code = "vibration"
	Temperature     Code = "temperature"
	Clock           Code = "clock"           // the time is not to be trusted
	ClockApart      Code = "clock-apart"     // the time is minutes away from head office's
	Certificate     Code = "certificate"     // the key to head office ends soon, or has ended
	NotAdmitted     Code = "not-admitted"    // head office does not let this kiosk in: suspended, retired, or its key was replaced
	LineFlaps       Code = "line-flaps"      // the other end cuts the line again and again, as where two devices have one name
	OfficeBehind    Code = "office-behind"   // head office lost records that are not here any more
	LineSettings    Code = "line-settings"   // certificate, key or authorities of the line cannot be used
	Keys            Code = "keys"            // the board does not open its own keys: the disk is another board's, or its TPM is not there
	Control         Code = "control"         // the control socket cannot be opened: kioskctl and the update agent are cut off
	UpdateTrial     Code = "update-trial"    // new software runs that is not proven yet
	UpdateFallback  Code = "update-fallback" // the new software did not do; the one before runs

	StartingCard Code = "starting-card" // reader and pad have not spoken, or the bank has not let the terminal in yet
	CardReversal Code = "card-reversal" // a sale is being taken back: the bank must say so before the next
	CardSignIn   Code = "card-sign-in"  // the bank does not let the terminal in
	CardSettling Code = "card-settling" // the batch of the day is being settled
	CardBatch    Code = "card-batch"    // a batch at the bank has to be compared with the bank's
	CardReader   Code = "card-reader"
	CardBin      Code = "card-bin"  // no card can be kept any more
	CardLeft     Code = "card-left" // nobody took it, and the reader cannot keep it
	PINPad       Code = "pin-pad"
	PINPadKeys   Code = "pin-pad-keys" // the pad has no keys of the bank

	StartingMeterReader Code = "starting-meter-reader"
	MeterReader         Code = "meter-reader"
	MeterBin            Code = "meter-bin"       // no meter card can be kept any more
	MeterCardLeft       Code = "meter-card-left" // nobody took it, and the reader cannot keep it
	MeterKey            Code = "meter-key"       // nothing that head office signs can be checked
	CardSystem          Code = "card-system"     // the card-meter system does not answer head office
)

// Row is one condition of the table.
type Row struct {
	Code     Code
	Stops    Stops
	Severity Severity
	Alarm    bool // journaled when it comes and when it goes
	Chinese  string
	English  string
}

// table is in the order in which conditions are shown.
//
// No alarm is what passes by itself (starting), what is done on purpose (update),
// what head office sees anyway (offline, the trial of a software), and what keeps the
// journal shut (keys).
var table = []Row{
	{Starting, Cash, Notice, false, "正在启动", "starting"},
	{StartingPrinter, Slip, Notice, false, "打印机正在启动", "the printer is starting"},
	{Cassette, Cash, Warning, true, "钞箱已满或已取出", "cassette full or removed"},
	{Validator, Cash, Fault, true, "识币器不可用", "note validator not available"},
	{Printer, Slip, Fault, true, "凭证打印机不可用", "printer not available"},
	{Paper, Slip, Warning, true, "凭证纸用完", "out of paper"},
	{StartingCard, Card, Notice, false, "银行卡服务正在准备", "card payment is starting"},
	{CardReversal, Card, Fault, true, "有一笔刷卡交易正在冲正", "a card payment is being reversed"},
	{CardSignIn, Card, Warning, true, "银行卡签到未成功", "the bank does not let the terminal sign in"},
	{CardSettling, Card, Notice, false, "银行卡正在结算", "card payments are being settled"},
	{CardBatch, Nothing, Warning, true, "银行卡批次待核对", "a batch of card payments has to be compared with the bank's"},
	{CardReader, Card, Fault, true, "读卡器不可用", "card reader not available"},
	{CardBin, Nothing, Warning, true, "吞卡箱已满", "the bin of kept cards is full"},
	{CardLeft, Card, Warning, true, "读卡器内有无人取走的银行卡", "a bank card that nobody took is in the reader"},
	{PINPad, Card, Fault, true, "密码键盘不可用", "PIN pad not available"},
	{PINPadKeys, Card, Fault, true, "密码键盘没有密钥", "the PIN pad has no keys"},
	{StartingMeterReader, BuyPower, Notice, false, "电卡读写器正在启动", "the meter-card reader is starting"},
	{MeterReader, BuyPower, Fault, true, "电卡读写器不可用", "meter-card reader not available"},
	{MeterBin, Nothing, Warning, true, "电卡吞卡箱已满", "the bin of kept meter cards is full"},
	{MeterCardLeft, BuyPower, Warning, true, "电卡读写器内有无人取走的卡", "a meter card that nobody took is in the reader"},
	{MeterKey, BuyPower, Fault, true, "缺少写卡指令的验证密钥", "the key for what is written onto meter cards is missing"},
	{CardSystem, Selling, Notice, false, "售电系统暂不可用", "the card-meter system is not available"},
	{Keys, All, Fault, false, "本机密钥无法打开", "this board does not open its keys"},
	{Journal, All, Fault, true, "本机记录暂不可用", "the record store is not available"},
	{Door, All, Warning, true, "机柜门已打开", "door is open"},
	{Tamper, All, Fault, true, "机柜异常", "the cabinet was disturbed"},
	{Mains, All, Fault, true, "市电中断", "mains power is lost"},
	{Offline, PayBill, Notice, false, "线路中断", "line is down"},
	{Unsigned, Cash, Notice, false, "暂停收取现金，待账务签账后恢复", "no cash is taken until the books are signed"},
	{Update, All, Notice, false, "软件升级中", "software update"},
	{Collection, All, Notice, false, "清机中", "cash is being collected"},
	{CollectionOpen, Nothing, Warning, true, "清机未完成", "a collection of the cash is not finished"},
	{CassetteMoved, Nothing, Fault, true, "钞箱曾在未清机时被取出", "the cassette was taken out with no collection open"},
	{Vibration, Nothing, Warning, true, "机柜震动", "the cabinet shakes"},
	{Temperature, Nothing, Warning, true, "机柜温度过高", "the cabinet is too hot"},
	{Page, Nothing, Warning, true, "有凭证无法打印", "a slip could not be printed"},
	{Clock, Nothing, Warning, true, "本机时钟不可信", "the clock is not to be trusted"},
	{ClockApart, Nothing, Warning, true, "本机时间与总部相差过大", "the time is minutes away from head office's"},
	{Certificate, Nothing, Warning, true, "终端证书即将到期", "the certificate ends soon"},
	{JournalApart, Nothing, Fault, true, "总部另有一份以本机名义写的日志", "head office has another journal of this kiosk"},
	{NotAdmitted, All, Fault, true, "总部未准许本机接入", "head office does not admit this kiosk"},
	{LineFlaps, Nothing, Warning, true, "连接反复被断开，可能另有设备冒用本终端的身份", "the line is cut again and again: another device may use this kiosk's identity"},
	{OfficeBehind, Nothing, Warning, true, "总部缺少本机已清理的记录", "head office lacks records that are not here any more"},
	{LineSettings, Nothing, Fault, true, "线路配置不可用", "the settings of the line cannot be used"},
	{Control, Nothing, Warning, true, "本机维护接口不可用", "the control socket cannot be opened"},
	{UpdateTrial, Nothing, Notice, false, "新软件试运行", "new software on trial"},
	{UpdateFallback, Nothing, Warning, false, "已退回原软件", "fell back to the old software"},
}

// Rows are the whole table, in the order in which conditions are shown.
func Rows() []Row { return append([]Row(nil), table...) }

// RowOf is the row of a code; false where there is none.
func RowOf(c Code) (Row, bool) {
	for _, r := range table {
		if r.Code == c {
			return r, true
		}
	}

	return Row{}, false
}

// Text is a condition in words; a code without a row is shown itself.
func Text(l receipt.Lang, c Code) string {
	r, ok := RowOf(c)
	switch {
	case !ok:
		return string(c)
	case l == receipt.English:
		return r.English
	}

	return r.Chinese
}
